import { randomUUID } from "node:crypto";
import { createMessage } from "@weir/core";
import type { Message } from "@weir/core";
import { createDatabase, identifier, migrate } from "@weir/postgres";
import type { Database } from "@weir/postgres";
import { describeLive, liveServices } from "@weir/services/testing";
import * as fc from "fast-check";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { createPostgresSink, postgresSinkTable } from "./postgres-sink.ts";
import type { PostgresSink, SinkColumn } from "./postgres-sink.ts";
import { ways } from "./sink-ways.ts";
import type { PostgresSinkOptions } from "./postgres-sink.ts";

let way: Pick<PostgresSinkOptions<never>, "copyRowsMin"> = {};
let database: Database;
const schemas: string[] = [];
const origin = { id: "orders/0", epoch: 1 };
const signal = new AbortController().signal;

const messageOf = <T>(offset: number, data: T): Message<T> =>
  createMessage({ origin, offset, key: null, data, raw: null });
const batchOf = <T>(messages: readonly Message<T>[]) => ({ key: "", messages, trigger: "size" }) as const;
const text: SinkColumn<string> = { name: "text", type: "varchar(12)", value: (message) => message.data };

async function newSink<T>(columns: readonly SinkColumn<T>[]): Promise<{ sink: PostgresSink<T>; table: string }> {
  const schema = `sink_${randomUUID()}`;
  schemas.push(schema);
  await migrate(database, { schema, migrations: [postgresSinkTable({ table: "rows", columns })] });
  return {
    sink: createPostgresSink({ database, schema, table: "rows", columns, ...way }),
    table: identifier(schema, "rows"),
  };
}

async function offsetsByArrival(table: string): Promise<number[]> {
  const { rows } = await database.query<{ n: string }>(`select origin_offset as n from ${table} order by arrival`);
  return rows.map(({ n }) => Number(n));
}

for (const { how, options } of ways) {
  describeLive(`Postgres sink, ${how}`, () => {
    beforeAll(() => void (way = options));
    beforeAll(() => {
      database = createDatabase({ url: liveServices().databaseUrl, poolMax: 4 });
    });
    afterEach(async () => {
      for (const schema of schemas.splice(0)) await database.query(`drop schema ${identifier(schema)} cascade`);
    });
    afterAll(() => database.close());

    it("has one effect per origin when batches are written again, cut differently", async () => {
      const { sink, table } = await newSink([text]);
      const messages = Array.from({ length: 50 }, (_, offset) => messageOf(offset, `m${offset}`));
      await sink.write(batchOf(messages.slice(0, 30)), signal);
      await sink.write(batchOf(messages.slice(10)), signal);
      await sink.write(batchOf([...messages, ...messages]), signal);
      expect(await offsetsByArrival(table)).toEqual(messages.map(({ offset }) => offset));
      expect(sink.counts()).toEqual({ inserted: 50, duplicates: 120, refused: 0, fenced: 0 });
    });

    it("has one effect per origin when two writers race with the same messages", async () => {
      const { sink, table } = await newSink([text]);
      const messages = Array.from({ length: 200 }, (_, offset) => messageOf(offset, `m${offset}`));
      await Promise.all([1, 2, 3, 4].map(() => sink.write(batchOf(messages), signal)));
      expect((await offsetsByArrival(table)).length).toBe(200);
      expect(sink.counts()).toMatchObject({ inserted: 200, duplicates: 600 });
    });

    it("numbers the rows of a statement in the order of the batch, whatever their offsets", async () => {
      const { sink, table } = await newSink([text]);
      const offsets = fc.uniqueArray(fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }), {
        minLength: 1,
        maxLength: 300,
      });
      await fc.assert(
        fc.asyncProperty(offsets, async (order) => {
          await database.query(`truncate ${table}`);
          await sink.write(batchOf(order.map((offset) => messageOf(offset, "x"))), signal);
          expect(await offsetsByArrival(table)).toEqual(order);
        }),
        { numRuns: 15 },
      );
    });

    it.each([
      ["a NUL byte", "invalid-text", "a\0b"],
      ["a text that is too long", "value-too-long", "longer than twelve"],
    ])("types %s as an error of the row, and writes nothing of its batch", async (_, code, bad) => {
      const { sink, table } = await newSink([text]);
      const write = sink.write(batchOf([messageOf(1, "good"), messageOf(2, bad)]), signal);
      await expect(write).rejects.toMatchObject({ code, kind: "row", definite: true });
      expect(await offsetsByArrival(table)).toEqual([]);
      expect(sink.counts()).toEqual({ inserted: 0, duplicates: 0, refused: 0, fenced: 0 });
    });

    it("keeps every text exactly, quotes, backslashes, braces and the word null among them", async () => {
      const { sink, table } = await newSink<string>([{ ...text, type: "text" }]);
      const odd = fc.constantFrom("NULL", "", '"', "\\", "{a,b}", "a\nb", "😀", " ");
      const texts = fc.array(fc.oneof(odd, fc.string({ unit: "grapheme" })), { minLength: 1, maxLength: 20 });
      await fc.assert(
        fc.asyncProperty(
          texts.filter((list) => list.every((one) => !one.includes("\0"))),
          async (list) => {
            await database.query(`truncate ${table}`);
            await sink.write(batchOf(list.map((one, offset) => messageOf(offset, one))), signal);
            const { rows } = await database.query<{ text: string }>(`select text from ${table} order by origin_offset`);
            expect(rows.map((row) => row.text)).toEqual(list);
          },
        ),
        { numRuns: 30 },
      );
    });

    it("writes every kind of value: exact numbers, times, bytes, JSON as its text, null", async () => {
      const { sink, table } = await newSink<null>([
        { name: "big", type: "bigint", value: () => 9007199254740993n },
        { name: "price", type: "numeric(12, 2)", value: () => "10.25" },
        { name: "ratio", type: "double precision", value: () => 0.1 },
        { name: "at", type: "timestamp(3) with time zone", value: () => new Date("2026-01-02T03:04:05.678Z") },
        { name: "bytes", type: "bytea", value: () => new Uint8Array([0, 255, 92]) },
        { name: "json", type: "jsonb", value: () => JSON.stringify({ a: ['"', null] }) },
        { name: "is_on", type: "boolean", value: () => true },
        { name: "fixed", type: "char(3)", value: () => "abc" },
        { name: "nothing", type: "text", value: () => null },
      ]);
      await sink.write(batchOf([messageOf(1, null)]), signal);
      const { rows } = await database.query(`select * from ${table}`);
      expect(rows).toEqual([
        {
          origin: "orders/0",
          origin_offset: "1",
          arrival: "1",
          big: "9007199254740993",
          price: "10.25",
          ratio: 0.1,
          at: new Date("2026-01-02T03:04:05.678Z"),
          bytes: Buffer.from([0, 255, 92]),
          json: { a: ['"', null] },
          is_on: true,
          fixed: "abc",
          nothing: null,
        },
      ]);
    });
  });
}
