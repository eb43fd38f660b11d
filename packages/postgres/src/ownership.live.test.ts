import { randomUUID } from "node:crypto";
import { createMessage, type Origin } from "@weir/core";
import { describeLive, liveServices } from "@weir/services/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createDatabase, createOwnership, identifier, migrate, ownershipMigrations } from "./postgres.ts";
import type { Database, FencedWrite, PostgresOwnership, Queryable } from "./postgres.ts";

const schema = `ownership_${randomUUID()}`;
const effects = {
  name: "test/001-effects",
  sql: `create table effects (origin text, origin_offset bigint, fence bigint, primary key (origin, origin_offset));
create table letters (pipeline text, origin text, origin_offset bigint, unique (pipeline, origin, origin_offset))`,
};
let database: Database;
let ownership: PostgresOwnership;
let id: string;

/** Writes `offsets` as `origin`, the way a sink does, and says whether it was fenced. */
async function write(place: Queryable, origin: Origin, offsets: readonly number[]): Promise<boolean> {
  const sql = `insert into ${identifier(schema, "effects")} (origin, origin_offset, fence)
select batch.o, batch.n, batch.f from unnest($1::text[], $2::bigint[], $3::bigint[]) as batch (o, n, f)
join owned on owned.origin = batch.o on conflict do nothing`;
  const params = [offsets.map(() => origin.id), offsets, offsets.map(() => origin.fence ?? 0)];
  return (await ownership.insert(place, { sql, params }, [origin])).fenced.has(origin);
}

async function writeBoth(origins: readonly Origin[]): Promise<FencedWrite> {
  const sql = `insert into ${identifier(schema, "effects")} (origin, origin_offset, fence)
select origin, 1, null from owned order by origin`;
  return ownership.insert(database, { sql, params: [] }, origins);
}

async function gain(): Promise<Origin> {
  const { fence, decided } = await ownership.claim(id);
  return { id, epoch: 1, fence, decided };
}

async function written(): Promise<number[]> {
  const sql = `select origin_offset::int as n from ${identifier(schema, "effects")} where origin = $1 order by 1`;
  return (await database.query<{ n: number }>(sql, [id])).rows.map(({ n }) => n);
}

/** Resolves once a session of this schema's owners waits for a lock. */
async function somebodyWaits(): Promise<void> {
  const sql = `select 1 from pg_stat_activity where wait_event_type = 'Lock' and query like '%' || $1 || '%'`;
  while ((await database.query(sql, [schema])).rows.length === 0) await new Promise(setImmediate);
}

describeLive("owning an origin in Postgres", () => {
  beforeAll(async () => {
    database = createDatabase({ url: liveServices().databaseUrl, poolMax: 8 });
    await migrate(database, { schema, migrations: [effects, ...ownershipMigrations] });
    const outcomes = [{ table: "effects" }, { table: "letters", pipeline: "shop" }];
    ownership = createOwnership({ database, schema, pipeline: "shop", outcomes });
  });
  beforeEach(() => {
    id = `orders/${randomUUID()}`;
  });
  afterAll(async () => {
    await database.query(`drop schema ${identifier(schema)} cascade`);
    await database.close();
  });

  it("raises the fence with each claim, and tells the highest decided offset of effects and dead letters", async () => {
    expect(await ownership.claim(id)).toEqual({ fence: 1, position: null, decided: -1 });
    await write(database, { id, epoch: 1, fence: 1 }, [3, 4]);
    expect(await ownership.claim(id)).toEqual({ fence: 2, position: null, decided: 4 });
    await database.query(`insert into ${identifier(schema, "letters")} values ('shop', $1, 9), ('other', $1, 12)`, [
      id,
    ]);
    await database.query(`update ${identifier(schema, "owners")} set position = 5 where origin = $1`, [id]);
    expect(await ownership.claim(id)).toEqual({ fence: 3, position: 5, decided: 9 });
  });

  it("looks up which messages are decided: by their effect or by this pipeline's letter", async () => {
    await write(database, await gain(), [1, 4]);
    await database.query(`insert into ${identifier(schema, "letters")} values ('shop', $1, 2), ('other', $1, 3)`, [id]);
    const messages = [0, 1, 2, 3, 4].map((offset) =>
      createMessage({ origin: { id, epoch: 2 }, offset, key: null, data: null, raw: null }),
    );
    const decided = await ownership.lookUp(messages);
    expect([...decided].map(({ offset }) => offset)).toEqual([1, 2, 4]);
  });

  it("lets a former owner write nothing, and says so", async () => {
    const former = await gain();
    expect(await write(database, former, [0])).toBe(false);
    const owner = await gain();
    expect(await write(database, former, [1])).toBe(true);
    expect(await write(database, owner, [2])).toBe(false);
    expect(await written()).toEqual([0, 2]);
  });

  it("a claim waits for the former owner's open statement, and counts what it wrote as decided", async () => {
    const former = await gain();
    const [isIn, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const writing = database.transaction(async (tx) => {
      await write(tx, former, [7]);
      isIn.resolve();
      await mayCommit.promise;
    });
    await isIn.promise;
    let isClaimed = false;
    const claiming = gain().finally(() => (isClaimed = true));
    await somebodyWaits();
    expect(isClaimed).toBe(false);
    // The fence stands already: whoever comes late is refused, although the claim is not finished.
    expect(await write(database, former, [8])).toBe(true);
    mayCommit.resolve();
    await writing;
    expect(await claiming).toMatchObject({ fence: 2, decided: 7 });
    expect(await written()).toEqual([7]);
  });

  it("a former owner that stopped inside a transaction holds a claim up for the idle timeout, and loses its writes", async () => {
    const sleepy = createDatabase({ url: liveServices().databaseUrl, idleInTransactionTimeoutMs: 300 });
    const former = await gain();
    const [isIn, claimed] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const stopped = sleepy.transaction(async (tx) => {
      await write(tx, former, [1]);
      isIn.resolve();
      await claimed.promise;
    });
    const lost = expect(stopped).rejects.toMatchObject({ kind: "dependency" });
    await isIn.promise;
    expect(await gain()).toMatchObject({ fence: 2, decided: -1 });
    claimed.resolve();
    await lost;
    expect(await written()).toEqual([]);
    await sleepy.close();
  });

  it("a transaction that holds its origins learns which are fenced, and holds claims of the others up", async () => {
    const former = await gain();
    const owner = await gain();
    const [isIn, mayCommit] = [Promise.withResolvers<ReadonlySet<Origin>>(), Promise.withResolvers<void>()];
    const holding = database.transaction(async (tx) => {
      isIn.resolve(await ownership.hold(tx, [former, owner]));
      await mayCommit.promise;
    });
    expect([...(await isIn.promise)]).toEqual([former]);
    let isClaimed = false;
    const claiming = gain().finally(() => (isClaimed = true));
    await somebodyWaits();
    expect(isClaimed).toBe(false);
    mayCommit.resolve();
    await holding;
    expect(await claiming).toMatchObject({ fence: 3 });
  });

  it("a stolen row is claimed back: the thief's next write is refused in turn", async () => {
    const owner = await gain();
    const thief = await gain();
    expect(await write(database, owner, [0])).toBe(true);
    const again = await gain();
    expect(await write(database, again, [0])).toBe(false);
    expect(await write(database, thief, [1])).toBe(true);
    expect(await written()).toEqual([0]);
  });

  it("a write that began before a claim and comes to the row behind it is refused: what it saw of the row is old", async () => {
    const former = await gain();
    const stuck: Origin = { ...(await ownership.claim(`a-${id}`)), id: `a-${id}`, epoch: 1 };
    const [isHeld, mayGo] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const holding = database.transaction(async (tx) => {
      await tx.query(`select from ${identifier(schema, "owners")} where origin = $1 for update`, [stuck.id]);
      isHeld.resolve();
      await mayGo.promise;
    });
    await isHeld.promise;
    // Its statement has begun, and waits for the first of its two origins.
    const writing = writeBoth([stuck, former]);
    await somebodyWaits();
    await ownership.claim(id);
    mayGo.resolve();
    await holding;
    expect([...(await writing).fenced]).toEqual([former]);
    expect(await written()).toEqual([]);
  });

  it("after 60 claims against four busy writers no row of an older fence has come in behind any claim", async () => {
    let current = await gain();
    let next = 0;
    let refused = 0;
    const over = new AbortController();
    async function keepWriting(): Promise<void> {
      while (!over.signal.aborted) {
        const mine = current;
        const first = (next += 5);
        const isFenced = await write(database, mine, [first, first + 1, first + 2]);
        if (isFenced) refused += 1;
      }
    }
    const writers = Array.from({ length: 4 }, keepWriting);
    const sql = `select count(*)::int as n from ${identifier(schema, "effects")} where origin = $1 and fence < $2`;
    const older = async (fence: number): Promise<number> =>
      (await database.query<{ n: number }>(sql, [id, fence])).rows[0]?.n ?? -1;
    const seen: { fence: number; count: number }[] = [];
    for (let i = 0; i < 60; i += 1) {
      const { fence } = await ownership.claim(id);
      seen.push({ fence, count: await older(fence) });
      // Until here the writers still believed in their old fence.
      current = { id, epoch: 1, fence };
      await new Promise(setImmediate);
    }
    over.abort();
    await Promise.all(writers);
    expect(refused).toBeGreaterThan(0);
    for (const { fence, count } of seen) expect(await older(fence), `fence ${fence}`).toBe(count);
    expect(seen.at(-1)?.count).toBeGreaterThan(0);
  });
});
