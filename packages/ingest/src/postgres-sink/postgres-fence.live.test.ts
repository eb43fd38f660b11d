import { randomUUID } from "node:crypto";
import { createMessage, done, type Message, type Origin } from "@weir/core";
import { createDatabase, createOwnership, identifier, migrate, ownershipMigrations } from "@weir/postgres";
import type { Database, PostgresOwnership } from "@weir/postgres";
import { describeLive, liveServices } from "@weir/services/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createPostgresSink, postgresSinkTable, type PostgresSink, type SinkColumn } from "./postgres-sink.ts";
import { ways } from "./sink-ways.ts";
import type { PostgresSinkOptions } from "./postgres-sink.ts";

const schema = `fenced_sink_${randomUUID()}`;
const columns: readonly SinkColumn<string>[] = [{ name: "text", type: "text", value: ({ data }) => data }];
const signal = new AbortController().signal;
let way: Pick<PostgresSinkOptions<never>, "copyRowsMin"> = {};
let database: Database;
let ownership: PostgresOwnership;
let sink: PostgresSink<string>;

async function claimed(id: string): Promise<Origin> {
  return { id, epoch: 1, fence: (await ownership.claim(id)).fence };
}

const messageOf = (origin: Origin, offset: number): Message<string> =>
  createMessage({ origin, offset, key: null, data: "text", raw: null });
const batchOf = (messages: readonly Message<string>[]) => ({ key: "", messages, trigger: "size" }) as const;

async function rows(): Promise<string[]> {
  const sql = `select origin || '@' || origin_offset as id from ${identifier(schema, "rows")} order by arrival`;
  return (await database.query<{ id: string }>(sql)).rows.map(({ id }) => id);
}

for (const { how, options } of ways) {
  describeLive(`Postgres sink under a fence, ${how}`, () => {
    beforeAll(() => void (way = options));
    beforeAll(async () => {
      database = createDatabase({ url: liveServices().databaseUrl, poolMax: 4 });
      const migrations = [postgresSinkTable({ table: "rows", columns }), ...ownershipMigrations];
      await migrate(database, { schema, migrations });
      ownership = createOwnership({ database, schema, pipeline: "shop", outcomes: [{ table: "rows" }] });
    });
    beforeEach(async () => {
      await database.query(`truncate ${identifier(schema, "rows")}`);
      sink = createPostgresSink({ database, schema, table: "rows", columns, ownership, ...way });
    });
    afterAll(async () => {
      await database.query(`drop schema ${identifier(schema)} cascade`);
      await database.close();
    });

    it("writes a batch of several owned origins in its order, duplicates counted as ever", async () => {
      const [a, b] = [await claimed("a"), await claimed("b")];
      const messages = [messageOf(a, 1), messageOf(b, 1), messageOf(a, 2)];
      expect(await sink.write(batchOf(messages), signal)).toEqual(done());
      expect(await sink.write(batchOf(messages.slice(1)), signal)).toEqual(done());
      expect(await rows()).toEqual(["a@1", "b@1", "a@2"]);
      expect(sink.counts()).toEqual({ inserted: 3, duplicates: 2, refused: 0, fenced: 0 });
    });

    it("answers fenced for the messages of an origin that was claimed since, and writes the others", async () => {
      const [former, b] = [await claimed("a"), await claimed("b")];
      await claimed("a");
      const messages = [
        messageOf(former, 1),
        messageOf(b, 1),
        messageOf({ id: "free", epoch: 1 }, 5),
        messageOf(former, 2),
      ];
      const outcomes = await sink.write(batchOf(messages), signal);
      const fenced = { kind: "fenced" };
      expect(messages.map((message) => (outcomes as ReadonlyMap<Message, unknown>).get(message))).toEqual([
        fenced,
        done(),
        done(),
        fenced,
      ]);
      expect((await rows()).toSorted()).toEqual(["b@1", "free@5"]);
      expect(sink.counts()).toEqual({ inserted: 2, duplicates: 0, refused: 0, fenced: 2 });
    });

    it("two tenures of one origin in a batch: the older one is fenced unasked", async () => {
      const [former, owner] = [await claimed("a"), await claimed("a")];
      const messages = [messageOf(owner, 1), messageOf(former, 2)];
      const outcomes = (await sink.write(batchOf(messages), signal)) as ReadonlyMap<Message, unknown>;
      expect(messages.map((message) => outcomes.get(message))).toEqual([done(), { kind: "fenced" }]);
      expect(await rows()).toEqual(["a@1"]);
    });

    it("refuses to write what carries a fence if nobody gave it the ownership: it would not be looked at", async () => {
      const unguarded = createPostgresSink({ database, schema, table: "rows", columns });
      const writing = unguarded.write(batchOf([messageOf(await claimed("a"), 1)]), signal);
      await expect(writing).rejects.toMatchObject({ code: "unguarded-write", kind: "programming" });
      expect(await rows()).toEqual([]);
    });
  });
}
