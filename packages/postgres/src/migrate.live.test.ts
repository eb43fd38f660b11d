import { randomUUID } from "node:crypto";
import { describeLive, liveServices } from "@weir/services/testing";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { createDatabase, identifier, migrate } from "./postgres.ts";
import type { Database } from "./postgres.ts";

const open = () => createDatabase({ url: liveServices().databaseUrl, poolMax: 3 });
let database: Database;
const schemas: string[] = [];

/** Quotes, capitals and blanks: a name that breaks unquoted SQL. */
function newSchema(): string {
  const schema = `Odd "name" ${randomUUID()}`;
  schemas.push(schema);
  return schema;
}

const table = { name: "things/001-table", sql: "create table things (id int); insert into things values (1)" };
const column = { name: "things/002-column", sql: "alter table things add name text" };

describeLive("migrate", () => {
  beforeAll(() => {
    database = open();
  });
  afterEach(async () => {
    for (const schema of schemas.splice(0)) {
      await database.query(`drop schema if exists ${identifier(schema)} cascade`);
    }
  });
  afterAll(() => database.close());

  it("applies each migration once, in order, in the schema that it was given", async () => {
    const schema = newSchema();
    expect(await migrate(database, { schema, migrations: [table] })).toEqual([table.name]);
    expect(await migrate(database, { schema, migrations: [table, column] })).toEqual([column.name]);
    expect(await migrate(database, { schema, migrations: [table, column] })).toEqual([]);
    const { rows } = await database.query(`select id, name from ${identifier(schema, "things")}`);
    expect(rows).toEqual([{ id: 1, name: null }]);
  });

  it("lets callers at the same time, each with its own pool, apply a migration once between them", async () => {
    const schema = newSchema();
    const others = [open(), open(), open(), open()];
    const applied = await Promise.all(others.map((other) => migrate(other, { schema, migrations: [table, column] })));
    await Promise.all(others.map((other) => other.close()));
    expect(applied.flat().toSorted()).toEqual([table.name, column.name]);
  });

  it("leaves nothing behind when one of its migrations fails", async () => {
    const schema = newSchema();
    const broken = { name: "things/003-broken", sql: "alter table nothing add name text" };
    const migrating = migrate(database, { schema, migrations: [table, broken] });
    await expect(migrating).rejects.toMatchObject({ code: "missing-table" });
    const { count } = await database.query("select 1 from pg_namespace where nspname = $1", [schema]);
    expect(count).toBe(0);
  });

  it("refuses a migration whose text changed after it was applied", async () => {
    const schema = newSchema();
    await migrate(database, { schema, migrations: [table] });
    const changed = { ...table, sql: "create table things (id bigint)" };
    await expect(migrate(database, { schema, migrations: [changed] })).rejects.toMatchObject({
      code: "migration-changed",
      kind: "programming",
    });
  });

  it("refuses a new migration in front of an applied one, and a name that stands twice", async () => {
    const schema = newSchema();
    await migrate(database, { schema, migrations: [table] });
    const inFront = migrate(database, { schema, migrations: [column, table] });
    await expect(inFront).rejects.toMatchObject({ code: "migration-order" });
    await expect(migrate(database, { schema, migrations: [table, table] })).rejects.toMatchObject({
      code: "migration-order",
    });
  });

  it("lets several lists live in one schema", async () => {
    const schema = newSchema();
    await migrate(database, { schema, migrations: [table] });
    const other = { name: "other/001-table", sql: "create table other (id int)" };
    expect(await migrate(database, { schema, migrations: [other] })).toEqual([other.name]);
  });
});
