import { createDatabase, identifier, type Database } from "@weir/postgres";
import { describeLive, freshName, liveServices } from "@weir/services/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createWorkerLogins, type WorkerLogins } from "./worker-logins.ts";

describeLive("logins of workers", () => {
  const open: Database[] = [];
  let judge: Database;
  let run: string;
  let logins: WorkerLogins | undefined;

  const connect = (url: string, applicationName = "somebody"): Database => {
    const database = createDatabase({ url, applicationName, poolMax: 2 });
    open.push(database);
    return database;
  };
  beforeEach(() => {
    run = freshName("logins");
    judge = connect(liveServices().databaseUrl, "judge");
  });
  afterEach(async () => {
    await Promise.all(open.splice(1).map((database) => database.close()));
    await judge.query(`drop schema if exists ${identifier(run)} cascade`);
    await logins?.drop();
    logins = undefined;
    await open.pop()?.close();
  });

  async function counted({ column, mine, workerOf }: WorkerLogins): Promise<Record<string, number>> {
    const { rows } = await judge.query<{ name: string; n: string }>(
      `select ${column} as name, count(*) as n from pg_stat_activity where ${mine} group by 1`,
    );
    return Object.fromEntries(rows.map(({ name, n }) => [workerOf(name), Number(n)]));
  }

  it("count a worker's connections, whatever it calls itself, and nobody else's", async () => {
    logins = await createWorkerLogins({ database: judge, databaseUrl: liveServices().databaseUrl, run });
    expect(logins.by).toBe("role");
    const first = await logins.urlOf("worker-1");
    const all = [
      connect(first, "judge"),
      connect(first, "worker-2"),
      connect(await logins.urlOf("worker-2"), "worker-1"),
      connect(liveServices().databaseUrl, "worker-1"),
    ];
    await Promise.all(all.map((database) => database.query("select 1")));
    expect(await counted(logins)).toEqual({ "worker-1": 2, "worker-2": 1 });
  });

  it("what one worker makes, all can use, and it goes with the schema", async () => {
    logins = await createWorkerLogins({ database: judge, databaseUrl: liveServices().databaseUrl, run });
    const one = connect(await logins.urlOf("worker-1"));
    await one.query(`create schema ${identifier(run)}; create table ${identifier(run, "t")} (n int)`);
    const two = connect(await logins.urlOf("worker-2"));
    await two.query(
      `insert into ${identifier(run, "t")} values (1); alter table ${identifier(run, "t")} add column m int`,
    );
    expect((await judge.query(`select * from ${identifier(run, "t")}`)).count).toBe(1);
  });

  it("are gone when the run is over", async () => {
    const made = await createWorkerLogins({ database: judge, databaseUrl: liveServices().databaseUrl, run });
    await made.urlOf("worker-1");
    const roles = `select rolname from pg_roles where rolname like $1`;
    expect((await judge.query(roles, [`${run}%`])).count).toBe(2);
    await made.drop();
    expect((await judge.query(roles, [`${run}%`])).count).toBe(0);
  });

  it("where no role may be made, the name in the URL stands above the one that the worker gives", async () => {
    const role = `${run}_guest`;
    await judge.query(`create role ${identifier(role)} login password 'guest'`);
    const url = new URL(liveServices().databaseUrl);
    url.username = role;
    url.password = "guest";
    try {
      const named = await createWorkerLogins({ database: connect(url.href), databaseUrl: url.href, run: `${run}_x` });
      expect(named.by).toBe("name");
      await connect(await named.urlOf("worker-1"), "judge").query("select 1");
      expect(await counted(named)).toEqual({ "worker-1": 1 });
      await named.drop();
    } finally {
      await Promise.all(open.splice(1).map((database) => database.close()));
      await judge.query(`drop role ${identifier(role)}`);
    }
  });
});
