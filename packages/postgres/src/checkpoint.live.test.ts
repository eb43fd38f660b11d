import { randomUUID } from "node:crypto";
import { createMessage, createPipeline, dead, done, drop, WeirError } from "@weir/core";
import type { Fenced, Message, Origin, Outcome, Outcomes, Sink } from "@weir/core";
import { MemoryDeadLetters, MemoryLog, type LogRecord } from "@weir/core/testing";
import { describeLive, liveServices } from "@weir/services/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { createDatabase, createOwnership, identifier, migrate, ownershipMigrations } from "./postgres.ts";
import type { Database, PostgresOwnership, Transaction } from "./postgres.ts";

const schema = `checkpoint_${randomUUID()}`;
const effects = identifier(schema, "effects");
let database: Database;
let ownership: PostgresOwnership;
let id: string;

const migrations = [{ name: "test/001-effects", sql: "create table effects (origin text, n bigint)" }];

async function gain(name = id): Promise<Origin> {
  const { fence, decided } = await ownership.claim(name);
  return { id: name, epoch: 1, fence, decided };
}

const messageOf = (origin: Origin, offset: number): Message<null> =>
  createMessage({ origin, offset, key: null, data: null, raw: null });

/** Has the effects of what the checkpoint leaves, in its transaction, and answers with the offsets of these. */
async function apply(tx: Transaction, origin: Origin, offsets: readonly number[]): Promise<number[]> {
  const messages = offsets.map((offset) => messageOf(origin, offset));
  const { undecided, fenced } = await ownership.checkpoint(tx, messages);
  const mine = undecided.map(({ offset }) => offset);
  await tx.query(`insert into ${effects} select $1, n from unnest($2::bigint[]) as n`, [origin.id, mine]);
  return fenced.size > 0 ? [-1] : mine;
}

const write = (origin: Origin, offsets: readonly number[]): Promise<number[]> =>
  database.transaction((tx) => apply(tx, origin, offsets));

async function written(): Promise<number[]> {
  const sql = `select n::int as n from ${effects} where origin like $1 || '%' order by n`;
  return (await database.query<{ n: number }>(sql, [id])).rows.map(({ n }) => n);
}

/** Resolves once a session of this schema waits for a lock. */
async function somebodyWaits(): Promise<void> {
  const sql = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%' || $1 || '%'`;
  while ((await database.query(sql, [schema])).rows.length === 0) await new Promise(setImmediate);
}

const gone = new WeirError("connection-lost", "the answer was lost", { kind: "dependency", definite: false });

/** Adds rows to a table without a unique key. `after` runs when they are committed. */
function createLedger(mayFail: () => void): Sink<string> {
  return {
    name: "ledger",
    async write({ messages }): Promise<Outcomes> {
      mayFail();
      const refused = await database.transaction(async (tx) => {
        const { undecided, fenced } = await ownership.checkpoint(tx, messages);
        const offsets = undecided.map(({ offset }) => offset);
        const origins = undecided.map(({ origin }) => origin.id);
        const sql = `insert into ${effects} select * from unnest($1::text[], $2::bigint[])`;
        await tx.query(sql, [origins, offsets]);
        mayFail();
        return fenced;
      });
      mayFail();
      const answer = ({ origin }: Message): Outcome | Fenced => (refused.has(origin) ? { kind: "fenced" } : done());
      return new Map(messages.map((message) => [message, answer(message)]));
    },
  };
}

describeLive("positions beside the effects in Postgres", () => {
  beforeAll(async () => {
    database = createDatabase({ url: liveServices().databaseUrl, poolMax: 8 });
    await migrate(database, { schema, migrations: [...migrations, ...ownershipMigrations] });
    ownership = createOwnership({ database, schema, pipeline: "shop", outcomes: [] });
  });
  beforeEach(() => {
    id = `orders/${randomUUID()}`;
  });
  afterAll(async () => {
    await database.query(`drop schema ${identifier(schema)} cascade`);
    await database.close();
  });

  it("leaves out what an earlier transaction has decided, and tells the next owner what that was", async () => {
    const owner = await gain();
    expect(await write(owner, [0, 1, 2, 9])).toEqual([0, 1, 2, 9]);
    expect(await write(owner, [2, 3, 9, 12])).toEqual([3, 12]);
    expect(await ownership.claim(id)).toEqual({ fence: 2, position: null, decided: 12 });
    const asked = [2, 4, 9, 12, 13].map((offset) => messageOf(owner, offset));
    expect([...(await ownership.lookUp(asked))].map(({ offset }) => offset).toSorted((a, b) => a - b)).toEqual([
      2, 9, 12,
    ]);
    expect(await written()).toEqual([0, 1, 2, 3, 9, 12]);
  });

  it("what is rolled back is not decided, and what a former owner brings has no effect", async () => {
    const former = await gain();
    const failing = database.transaction(async (tx) => {
      await apply(tx, former, [0, 1]);
      throw gone;
    });
    await expect(failing).rejects.toBe(gone);
    expect(await write(former, [0])).toEqual([0]);
    const owner = await gain();
    expect(await write(former, [1, 2])).toEqual([-1]);
    expect(await write(owner, [0, 1])).toEqual([1]);
    expect(await written()).toEqual([0, 1]);
  });

  it("a transaction waits for the one before it, and sees what that one decided", async () => {
    const owner = await gain();
    const [isIn, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = database.transaction(async (tx) => {
      await apply(tx, owner, [3, 4]);
      isIn.resolve();
      await mayCommit.promise;
    });
    await isIn.promise;
    const second = write(owner, [4, 5]);
    await somebodyWaits();
    mayCommit.resolve();
    await first;
    expect(await second).toEqual([5]);
    expect(await ownership.claim(id)).toMatchObject({ decided: 5 });
    expect(await written()).toEqual([3, 4, 5]);
  });

  it("transactions that meet in several origins never wait for each other crosswise", async () => {
    const origins = await Promise.all([1, 2, 3].map((n) => gain(`${id}-${n}`)));
    const both = async (n: number): Promise<void> => {
      const messages = origins.map((origin) => messageOf(origin, n));
      const inTurn = n % 2 === 0 ? messages : messages.toReversed();
      await database.transaction(async (tx) => void (await ownership.checkpoint(tx, inTurn)));
    };
    await Promise.all(Array.from({ length: 40 }, (_, n) => both(n)));
    const claims = await Promise.all(origins.map(({ id: name }) => ownership.claim(name)));
    expect(claims.map(({ decided }) => decided)).toEqual([39, 39, 39]);
  });

  it("a position moves on over what was decided above it, and never back", async () => {
    const owner = await gain();
    await database.query(`update ${identifier(schema, "owners")} set position = 4 where origin = $1`, [id]);
    expect(await write(owner, [3, 5, 6, 8])).toEqual([5, 6, 8]);
    expect(await ownership.claim(id)).toMatchObject({ position: 4, decided: 8 });
    expect(await write(await gain(), [4])).toEqual([4]);
    expect(await ownership.claim(id)).toMatchObject({ position: 7, decided: 8 });
  });

  it("refuses to store a position for an origin that nobody has claimed", async () => {
    await expect(write({ id, epoch: 1 }, [0])).rejects.toMatchObject({ code: "unclaimed-origin", kind: "programming" });
  });

  it("an origin that begins anew is claimed without what was stored of the old one", async () => {
    await write(await gain(), [0, 1, 7]);
    expect(await ownership.claim(id, { isAnew: true })).toEqual({ fence: 2, position: null, decided: -1 });
  });

  const storms = fc.record({
    length: fc.integer({ min: 1, max: 60 }),
    kills: fc.array(fc.nat(60), { maxLength: 3 }),
    failures: fc.array(fc.boolean(), { maxLength: 40 }),
    dropEvery: fc.integer({ min: 2, max: 9 }),
  });

  it("every effect happens once, though every commit of the log is lost, workers are killed and answers get lost", async () => {
    const property = fc.asyncProperty(storms, async ({ length, kills, failures, dropEvery }) => {
      id = `log-${randomUUID()}`;
      const log = new MemoryLog({ partitions: 1, topic: id });
      log.append(0, ...Array.from({ length }, (_, n) => ({ key: `key-${n % 7}`, value: String(n) })));
      log.group().commit = () => {};
      const fates = [...failures];
      const deadLetters = new MemoryDeadLetters();
      const mayFail = (): void => {
        if (fates.shift() === true) throw gone;
      };
      const start = async () => {
        const pipeline = createPipeline<LogRecord, string>({
          name: "ledger",
          source: log.join({ ownership }),
          process: {
            handle: async ({ offset, data }) => {
              if (offset % dropEvery === 1) return drop("unwanted");
              return offset % 11 === 5 ? dead("malformed") : done(data.value);
            },
            concurrency: 3,
            maxDemand: 5,
          },
          sink: createLedger(mayFail),
          batch: { size: 4, concurrency: 2, ageMs: 2 },
          deadLetters,
        });
        await pipeline.start();
        return pipeline;
      };
      const all = Array.from({ length }, (_, n) => n);
      const expected = all.filter((n) => n % dropEvery !== 1 && n % 11 !== 5);
      for (const count of kills) {
        const pipeline = await start();
        await vi.waitUntil(async () => (await written()).length >= Math.min(count, expected.length), {
          timeout: 9_000,
        });
        await pipeline.drain({ deadlineMs: 0 });
      }
      const last = await start();
      await vi.waitUntil(async () => (await written()).length >= expected.length, { timeout: 9_000 });
      expect((await last.drain()).error).toBeUndefined();
      expect(await written()).toEqual(expected);
      const { decided } = await ownership.claim(`${id}/0`);
      expect(decided).toBeGreaterThanOrEqual(expected.at(-1) ?? -1);
      expect(decided).toBeLessThan(length);
    });
    await fc.assert(property, { numRuns: 12, interruptAfterTimeLimit: 15_000, endOnFailure: true });
  }, 40_000);
});
