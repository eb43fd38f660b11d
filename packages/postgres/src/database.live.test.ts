import { randomUUID } from "node:crypto";
import { systemClock } from "@weir/core";
import { describeLive, liveServices } from "@weir/services/testing";
import * as fc from "fast-check";
import { afterEach, expect, it } from "vitest";
import { createDatabase, identifier } from "./postgres.ts";
import type { Database, DatabaseOptions } from "./postgres.ts";

const schemas: string[] = [];
const databases: Database[] = [];

function open(options: Partial<DatabaseOptions> = {}): Database {
  const database = createDatabase({ url: liveServices().databaseUrl, poolMax: 3, ...options });
  databases.push(database);
  return database;
}

async function openWithTable(options: Partial<DatabaseOptions> = {}): Promise<{ database: Database; table: string }> {
  const database = open(options);
  const schema = `t_${randomUUID()}`;
  schemas.push(schema);
  const table = identifier(schema, "things");
  await database.query(`create schema ${identifier(schema)}`);
  await database.query(`create table ${table} (id bigint primary key, name varchar(5))`);
  return { database, table };
}

/** Ends a connection from outside, as a restart or an administrator does. */
async function terminate(pid: number): Promise<void> {
  await open().query("select pg_terminate_backend($1)", [pid]);
}

async function isAlive(pid: number): Promise<boolean> {
  return (await open().query("select 1 from pg_stat_activity where pid = $1", [pid])).count > 0;
}

async function pidOf(database: { query: Database["query"] }): Promise<number> {
  const { rows } = await database.query<{ pid: number }>("select pg_backend_pid() as pid");
  return rows[0]!.pid;
}

afterEach(async () => {
  const cleaner = open();
  for (const schema of schemas.splice(0)) await cleaner.query(`drop schema ${identifier(schema)} cascade`);
  await Promise.all(databases.splice(0).map((database) => database.close()));
});

describeLive("query", () => {
  it("answers with rows and their count, and gives bigint and numeric as exact strings", async () => {
    const { rows, count } = await open().query(
      "select 9007199254740993::bigint as big, 0.1::numeric as exact, $1::int as n",
      [7],
    );
    expect({ rows, count }).toEqual({ rows: [{ big: "9007199254740993", exact: "0.1", n: 7 }], count: 1 });
  });

  it("types a duplicate key, a text too long and a NUL byte as errors of the row, and keeps the connection", async () => {
    const { database, table } = await openWithTable({ poolMax: 1 });
    const pid = await pidOf(database);
    const insert = (id: number, name: string) => database.query(`insert into ${table} values ($1, $2)`, [id, name]);
    await insert(1, "a");
    await expect(insert(1, "b")).rejects.toMatchObject({ code: "unique-violation", kind: "row", definite: true });
    await expect(insert(2, "too long")).rejects.toMatchObject({ code: "value-too-long", kind: "row" });
    await expect(insert(2, "\0")).rejects.toMatchObject({ code: "invalid-text", kind: "row" });
    expect(await pidOf(database)).toBe(pid);
  });

  it("types a missing table as a programming error that says what to do", async () => {
    const query = open().query("select * from there_is_no_such_table");
    await expect(query).rejects.toMatchObject({ code: "missing-table", kind: "programming" });
    await expect(query).rejects.toThrow(/have its migrations run/);
  });

  it("ends a statement at statementTimeoutMs, at the cost of nobody", async () => {
    const query = open({ statementTimeoutMs: 50 }).query("select pg_sleep(60)");
    await expect(query).rejects.toMatchObject({ code: "statement-timeout", kind: "dependency", definite: true });
  });

  it("types a connection that is terminated while it works as a dependency error in doubt, and the next query works", async () => {
    const database = open({ poolMax: 1 });
    const pid = await pidOf(database);
    const sleeping = database.query("select pg_sleep(60)");
    const lost = expect(sleeping).rejects.toMatchObject({ code: "shutting-down", kind: "dependency", definite: false });
    await terminate(pid);
    await lost;
    expect((await database.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  it("survives the termination of an idle connection", async () => {
    const uncaught: unknown[] = [];
    const onUncaught = (error: unknown): void => void uncaught.push(error);
    process.prependListener("uncaughtException", onUncaught);
    const database = open({ poolMax: 1 });
    const pid = await pidOf(database);
    await terminate(pid);
    await expect.poll(() => isAlive(pid)).toBe(false);
    expect((await database.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
    process.removeListener("uncaughtException", onUncaught);
    expect(uncaught).toEqual([]);
  });

  it("never holds more connections than poolMax", async () => {
    const applicationName = `bound-${randomUUID()}`;
    const database = open({ poolMax: 2, applicationName });
    const counts = await Promise.all(
      Array.from({ length: 20 }, () =>
        database.query<{ n: number }>("select count(*)::int as n from pg_stat_activity where application_name = $1", [
          applicationName,
        ]),
      ),
    );
    expect(Math.max(...counts.map(({ rows }) => rows[0]!.n))).toBe(2);
  });

  it("says pool-exhausted when no connection becomes free in time", async () => {
    const database = open({ poolMax: 1, connectTimeoutMs: 300 });
    await database.transaction(async () => {
      await expect(database.query("select 1")).rejects.toMatchObject({ code: "pool-exhausted", kind: "dependency" });
    });
  });

  it("gives up a connection on which no answer comes, in doubt about its statement", async () => {
    const overdue: (() => void)[] = [];
    const after = (_delayMs: number, callback: () => void) => {
      overdue.push(callback);
      return () => undefined;
    };
    const database = open({ poolMax: 1, clock: { ...systemClock, after } });
    const query = database.query("select pg_sleep(5)");
    const gaveUp = expect(query).rejects.toMatchObject({ code: "no-answer", kind: "dependency", definite: false });
    await expect.poll(() => overdue.length).toBe(1);
    overdue[0]!();
    await gaveUp;
    expect((await database.query("select 1 as one")).rows).toEqual([{ one: 1 }]);
  });

  it("refuses to work after close, which may be called twice", async () => {
    const database = open();
    await Promise.all([database.close(), database.close()]);
    await expect(database.query("select 1")).rejects.toMatchObject({ code: "database-closed", kind: "programming" });
  });
});

describeLive("identifier", () => {
  it("carries any name that fits through Postgres unchanged", async () => {
    const database = open();
    const names = fc
      .string({ unit: "grapheme", minLength: 1 })
      .filter((name) => Buffer.byteLength(name) <= 63 && !name.includes("\0"));
    await fc.assert(
      fc.asyncProperty(names, async (name) => {
        const { rows } = await database.query(`select 1 as ${identifier(name)}`);
        expect(Object.keys(rows[0]!)).toEqual([name]);
      }),
    );
  });
});

describeLive("transaction", () => {
  it("makes its statements durable together", async () => {
    const { database, table } = await openWithTable();
    const answer = await database.transaction(async (tx) => {
      await Promise.all([1, 2, 3].map((id) => tx.query(`insert into ${table} values ($1, 'x')`, [id])));
      return "value";
    });
    expect(answer).toBe("value");
    expect((await database.query(`select * from ${table}`)).count).toBe(3);
  });

  it("undoes everything when its function throws, and throws the same error", async () => {
    const { database, table } = await openWithTable({ poolMax: 1 });
    const mine = new Error("mine");
    const running = database.transaction(async (tx) => {
      await tx.query(`insert into ${table} values (1, 'x')`);
      throw mine;
    });
    await expect(running).rejects.toBe(mine);
    expect((await database.query(`select * from ${table}`)).count).toBe(0);
  });

  it("does not pretend to have committed when a statement's error was caught inside", async () => {
    const { database, table } = await openWithTable();
    const running = database.transaction(async (tx) => {
      await tx.query(`insert into ${table} values (1, 'x')`);
      await tx.query(`insert into ${table} values (1, 'y')`).catch(() => undefined);
    });
    await expect(running).rejects.toMatchObject({ code: "transaction-failed", kind: "programming", definite: true });
    expect((await database.query(`select * from ${table}`)).count).toBe(0);
  });

  it("takes no statement after its end", async () => {
    const { database } = await openWithTable();
    const leaked = await database.transaction((tx) => Promise.resolve(tx));
    await expect(leaked.query("select 1")).rejects.toMatchObject({ code: "transaction-over" });
  });

  it("is certain that nothing happened when the connection is lost before COMMIT", async () => {
    const { database, table } = await openWithTable();
    const running = database.transaction(async (tx) => {
      await tx.query(`insert into ${table} values (1, 'x')`);
      const pid = await pidOf(tx);
      const sleeping = tx.query("select pg_sleep(60)");
      await Promise.all([sleeping, terminate(pid)]);
    });
    await expect(running).rejects.toMatchObject({ code: "shutting-down", kind: "dependency", definite: true });
    expect((await database.query(`select * from ${table}`)).count).toBe(0);
  });

  it("is in doubt when the answer to COMMIT is lost", async () => {
    const { database, table } = await openWithTable();
    // A deferred trigger runs inside COMMIT and ends its own connection there.
    await database.query(`create function ${table}() returns trigger language plpgsql as
      $$ begin perform pg_terminate_backend(pg_backend_pid()); return null; end $$`);
    await database.query(`create constraint trigger last after insert on ${table}
      deferrable initially deferred for each row execute function ${table}()`);
    const running = database.transaction((tx) => tx.query(`insert into ${table} values (1, 'x')`));
    await expect(running).rejects.toMatchObject({ kind: "dependency", definite: false });
  });

  it("is ended by the server when its process does nothing in it, so that it frees its locks", async () => {
    const { database, table } = await openWithTable({ idleInTransactionTimeoutMs: 100 });
    const running = database.transaction(async (tx) => {
      const pid = await pidOf(tx);
      await tx.query(`insert into ${table} values (1, 'x')`);
      await expect.poll(() => isAlive(pid)).toBe(false);
      await tx.query("select 1");
    });
    await expect(running).rejects.toMatchObject({ code: "connection-lost", kind: "dependency", definite: true });
    expect((await database.query(`select * from ${table}`)).count).toBe(0);
  });
});
