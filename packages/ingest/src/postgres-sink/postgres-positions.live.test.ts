import { randomUUID } from "node:crypto";
import { createMessage, createPipeline, done, type Message, type Origin } from "@weir/core";
import { MemoryDeadLetters, MemoryLog, type LogRecord } from "@weir/core/testing";
import { createDatabase, createOwnership, identifier, migrate, ownershipMigrations } from "@weir/postgres";
import type { Database, PostgresOwnership } from "@weir/postgres";
import { describeLive, liveServices } from "@weir/services/testing";
import { afterAll, beforeAll, beforeEach, expect, it, vi } from "vitest";
import { createPostgresSink, postgresSinkTable, type SinkColumn } from "./postgres-sink.ts";
import { ways } from "./sink-ways.ts";
import type { PostgresSinkOptions } from "./postgres-sink.ts";

const schema = `positions_sink_${randomUUID()}`;
const columns: readonly SinkColumn<string>[] = [
  {
    name: "text",
    type: "text",
    value: ({ data }) => {
      if (data === "odd") throw new Error("odd");
      return data;
    },
  },
];
const signal = new AbortController().signal;
const batchOf = (messages: readonly Message<string>[]) => ({ key: "", messages, trigger: "size" }) as const;
let way: Pick<PostgresSinkOptions<never>, "copyRowsMin"> = {};
let database: Database;
let ownership: PostgresOwnership;
let id: string;

const newSink = () =>
  createPostgresSink({ database, schema, table: "rows", columns, ownership, keepsPositions: true, ...way });

async function claimed(): Promise<Origin> {
  return { id, epoch: 1, fence: (await ownership.claim(id)).fence };
}

const messageOf = (origin: Origin, offset: number, data = "text"): Message<string> =>
  createMessage({ origin, offset, key: null, data, raw: null });

async function rows(): Promise<number[]> {
  const sql = `select origin_offset::int as n from ${identifier(schema, "rows")} where origin = $1 order by arrival`;
  return (await database.query<{ n: number }>(sql, [id])).rows.map(({ n }) => n);
}

for (const { how, options } of ways) {
  describeLive(`Postgres sink that stores positions with its rows, ${how}`, () => {
    beforeAll(() => void (way = options));
    beforeAll(async () => {
      database = createDatabase({ url: liveServices().databaseUrl, poolMax: 4 });
      const migrations = [postgresSinkTable({ table: "rows", columns }), ...ownershipMigrations];
      await migrate(database, { schema, migrations });
      ownership = createOwnership({ database, schema, pipeline: "shop", outcomes: [] });
    });
    beforeEach(() => {
      id = `orders/${randomUUID()}`;
    });
    afterAll(async () => {
      await database.query(`drop schema ${identifier(schema)} cascade`);
      await database.close();
    });

    it("a new owner starts behind the rows that are there, though no settle ever got through", async () => {
      const log = new MemoryLog({ partitions: 1, topic: id });
      log.append(0, ...Array.from({ length: 50 }, (_, n) => ({ key: `${n % 7}`, value: `text ${n}` })));
      log.group().commit = () => {};
      id = `${id}/0`;
      const handled: number[] = [];
      const start = async () => {
        const pipeline = createPipeline<LogRecord, string>({
          name: "rows",
          source: log.join({ ownership }),
          process: {
            handle: ({ offset, data }) => {
              handled.push(offset);
              return done(data.value);
            },
          },
          sink: newSink(),
          batch: { size: 8, concurrency: 2, ageMs: 5 },
          deadLetters: new MemoryDeadLetters(),
        });
        await pipeline.start();
        return pipeline;
      };
      const first = await start();
      await vi.waitUntil(async () => (await rows()).length === 50, { timeout: 5_000 });
      await first.drain();
      log.append(0, { key: null, value: "one more" });
      const second = await start();
      await vi.waitUntil(async () => (await rows()).length === 51, { timeout: 5_000 });
      await second.drain();
      expect(handled.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 51 }, (_, n) => n));
      expect(await ownership.claim(id)).toMatchObject({ position: 51 });
    });

    it("writes of a batch what no transaction has decided, and counts the rest as duplicates", async () => {
      const origin = await claimed();
      const messages = [0, 1, 2, 3].map((offset) => messageOf(origin, offset));
      const sink = newSink();
      expect(await sink.write(batchOf(messages.slice(0, 2)), signal)).toEqual(done());
      await database.query(`delete from ${identifier(schema, "rows")} where origin_offset = 1`);
      expect(await sink.write(batchOf(messages), signal)).toEqual(done());
      expect(await rows()).toEqual([0, 2, 3]);
      expect(sink.counts()).toEqual({ inserted: 4, duplicates: 2, refused: 0, fenced: 0 });
    });

    it("stores nothing for a message that it refuses, nor for one that is fenced", async () => {
      const former = await claimed();
      const origin = await claimed();
      const sink = newSink();
      const messages = [messageOf(origin, 0), messageOf(origin, 1, "odd"), messageOf(origin, 2)];
      await sink.write(batchOf(messages), signal);
      const zombie = [messageOf(former, 3), messageOf(former, 4)];
      const outcomes = (await sink.write(batchOf(zombie), signal)) as ReadonlyMap<Message, unknown>;
      expect([...outcomes.values()]).toEqual([{ kind: "fenced" }, { kind: "fenced" }]);
      const asked = [...messages, messageOf(origin, 3)];
      const decided = await ownership.lookUp(asked);
      expect(asked.map((message) => decided.has(message))).toEqual([true, false, true, false]);
      expect(sink.counts()).toEqual({ inserted: 2, duplicates: 0, refused: 1, fenced: 2 });
    });

    it("a row that Postgres refuses takes the position of its batch back with it", async () => {
      const origin = await claimed();
      const writing = newSink().write(batchOf([messageOf(origin, 0), messageOf(origin, 1, "a\0b")]), signal);
      await expect(writing).rejects.toMatchObject({ kind: "row" });
      expect(await ownership.claim(id)).toMatchObject({ position: null, decided: -1 });
      expect(await rows()).toEqual([]);
    });
  });
}
