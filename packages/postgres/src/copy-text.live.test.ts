import { randomUUID } from "node:crypto";
import { describeLive, liveServices } from "@weir/services/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createDatabase, identifier, type Database, type SqlScalar } from "./postgres.ts";

const schema = `copy_${randomUUID()}`;
const table = identifier(schema, "values");
const target = { table, columns: ["n", "text", "bytes", "at", "local", "day", "big", "ratio", "is_on"] };
let database: Database;

const maybe = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const text = fc.string({ unit: fc.oneof(fc.constantFrom("\\", "\t", "\n", "\r", "N", ".", "x"), fc.constant("é😀")) });
const dates = maybe(fc.date({ min: new Date("-004000-01-01"), max: new Date("9999-12-31"), noInvalidDate: true }));
const rows = fc.array(
  fc.tuple(
    maybe(text),
    maybe(fc.uint8Array({ maxLength: 9 })),
    dates,
    maybe(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
    maybe(fc.double()),
    maybe(fc.boolean()),
  ),
  { minLength: 1, maxLength: 8 },
);

async function read(): Promise<unknown[]> {
  const sql = `select text, bytes, at::text, local::text, day::text, big, ratio, is_on from ${table} order by n`;
  const { rows: found } = await database.query(sql);
  await database.query(`truncate ${table}`);
  return [...found];
}

describeLive("copying rows into a table", () => {
  beforeAll(async () => {
    database = createDatabase({ url: liveServices().databaseUrl, poolMax: 2 });
    await database.query(`create schema ${identifier(schema)}`);
    await database.query(`create table ${table} (n int primary key, text text, bytes bytea, at timestamptz, local timestamp,
day date, big bigint, ratio double precision, is_on boolean)`);
  });
  afterAll(async () => {
    await database.query(`drop schema ${identifier(schema)} cascade`);
    await database.close();
  });

  it("puts there what the same values would have put there as parameters", async () => {
    const property = fc.asyncProperty(rows, async (list) => {
      const columns: SqlScalar[][] = [
        list.map((_, n) => n),
        ...[0, 1, 2, 2, 2, 3, 4, 5].map((place) => list.map((row) => row[place] as SqlScalar)),
      ];
      const types = [
        "int",
        "text",
        "bytea",
        "timestamptz",
        "timestamp",
        "date",
        "bigint",
        "double precision",
        "boolean",
      ];
      const places = types.map((type, i) => `$${i + 1}::${type}[]`).join(", ");
      await database.query(`insert into ${table} select * from unnest(${places})`, columns);
      const expected = await read();
      expect(await database.copyIn(target, columns)).toBe(list.length);
      expect(await read()).toEqual(expected);
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it("copies all or nothing, says which row error it was, and the connection goes on", async () => {
    const columns = [[1, 2, 1], ...Array.from({ length: 8 }, () => [null, null, null])];
    await expect(database.copyIn(target, columns)).rejects.toMatchObject({ code: "unique-violation", kind: "row" });
    expect(await read()).toEqual([]);
    const committed = database.transaction(async (tx) => {
      await tx.copyIn(target, [[1], ...Array.from({ length: 8 }, () => [null])]);
      throw new Error("rolled back");
    });
    await expect(committed).rejects.toThrow("rolled back");
    expect(await read()).toEqual([]);
  });

  it("a connection that ends meanwhile is an error of the dependency, and uncertain outside of a transaction", async () => {
    const applicationName = schema;
    const hurt = createDatabase({ url: liveServices().databaseUrl, poolMax: 1, applicationName });
    const nulls = Array.from({ length: 8 }, () => [null]);
    await database.transaction(async (tx) => {
      await tx.query(`lock table ${table} in exclusive mode`);
      const failed = hurt.copyIn(target, [[1], ...nulls]).catch((thrown: unknown) => thrown);
      const sql =
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'";
      // Not in this transaction: it would see the sessions as they were at its first look.
      while ((await database.query(sql, [applicationName])).count === 0) await new Promise(setImmediate);
      expect(await failed).toMatchObject({ kind: "dependency", definite: false });
    });
    expect(await hurt.copyIn(target, [[1], ...nulls])).toBe(1);
    await hurt.close();
    await read();
  });
});
