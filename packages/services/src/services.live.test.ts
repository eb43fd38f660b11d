import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import kafkajs from "kafkajs";
import { Client } from "pg";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { isFree } from "./free-port.ts";
import { signalProcess } from "./process-identity.ts";
import { openServices, type ServiceName, type Services, servicesDown, servicesStatus, servicesUp } from "./services.ts";
import { createTestSchema, describeLive, freshName, liveServices } from "./testing.ts";
import { listeningAddresses, loopback } from "./testing/listening.ts";
import { membersOf, type ScratchState, scratchState, stillRunning } from "./testing/scratch-state.ts";

const both = ["postgres", "kafka"] as const;
// A busy machine takes ten times as long for each start as an idle one.
vi.setConfig({ testTimeout: 180_000 });
const START_MS = 90_000;

let state: ScratchState;
const atEnd: (() => unknown)[] = [];
beforeEach(() => {
  state = scratchState();
});
afterEach(async () => {
  for (const end of atEnd.splice(0)) await end(); // what a test that failed half-way has left
  await stillRunning(state.records().flatMap(membersOf));
  state.remove();
});

/** A set of this test's own; closed at its end at the latest. */
const open = async (want: readonly ServiceName[]): Promise<Services> => {
  const services = await openServices({ want, own: true, environment: state.environment });
  atEnd.push(() => services.close());
  return services;
};

const query = async (url: string, statement: string): Promise<unknown[]> => {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(statement)).rows as unknown[];
  } finally {
    await client.end();
  }
};

const topicsOf = async (services: Services, create?: string): Promise<string[]> => {
  const brokers = [...(services.kafka?.brokers ?? [])];
  const admin = new kafkajs.Kafka({ brokers, logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    if (create !== undefined) await admin.createTopics({ topics: [{ topic: create }], waitForLeaders: true });
    return await admin.listTopics();
  } finally {
    await admin.disconnect();
  }
};

/** A process that opens services and never closes them. */
const startHolding = (...want: string[]) => {
  const script = join(import.meta.dirname, "testing", "hold-services.ts");
  const args = ["--disable-warning=TimeoutNegativeWarning", script, ...want];
  const parent = spawn(process.execPath, args, { env: state.environment, stdio: ["ignore", "pipe", "inherit"] });
  atEnd.push(() => parent.kill("SIGKILL"));
  return parent;
};

const hold = async (...want: string[]) => {
  const parent = startHolding(...want);
  const ended = once(parent, "exit").then(() => Promise.reject(new Error("it ended before its servers were ready")));
  await Promise.race([once(parent.stdout, "data"), ended]);
  ended.catch(() => undefined); // from now on it is meant to end
  return parent;
};

const portOf = (address: string): number => Number(/:(\d+)(\/|$)/.exec(address)?.[1]);

describeLive("the servers of a test run", () => {
  it("are reachable, and give each test a schema of its own", async () => {
    const schema = await createTestSchema();
    await query(schema.databaseUrl, "create table mine (id int)");
    const found = `select table_schema as schema from information_schema.tables where table_name = 'mine'`;
    expect(await query(liveServices().databaseUrl, found)).toContainEqual({ schema: schema.name });
    await schema.drop();
    expect(await query(liveServices().databaseUrl, found)).not.toContainEqual({ schema: schema.name });
  });
});

describeLive("a set of embedded servers", () => {
  it("listens on 127.0.0.1 only, says what it is, and leaves neither process nor port nor folder behind", async () => {
    const services = await open(both);
    expect(services).toMatchObject({ tier: "embedded", summary: expect.stringMatching(/Postgres 18.*Kafka 4/) });
    const [record] = state.records();
    const members = membersOf(record!);
    expect(members.length).toBeGreaterThan(3);
    if (process.platform === "linux") {
      const heard = Object.values(record!.processes).flatMap(({ pid }) => listeningAddresses(pid));
      expect(heard).toHaveLength(3); // Postgres, the broker, its controller
      expect(loopback).toEqual(expect.arrayContaining(heard));
    }
    await services.close();
    await services.close();
    expect(await stillRunning(members)).toEqual([]);
    expect(record!.folders.filter(existsSync)).toEqual([]);
    for (const address of [services.postgres!.url, services.kafka!.brokers[0]!]) {
      expect(await isFree(portOf(address))).toBe(true);
    }
  });

  it("refuses a wrong password, and each set has its own", async () => {
    const one = await open(["postgres"]);
    const wrong = new URL(one.postgres!.url);
    wrong.password = new URL(liveServices().databaseUrl).password;
    await expect(query(wrong.href, "select 1")).rejects.toMatchObject({ code: "28P01" });
    await one.close();
  });

  it("stands beside another set, and neither sees the other's data", async () => {
    const [one, two] = await Promise.all([open(both), open(both)]);
    await query(one.postgres!.url, "create table here (id int)");
    await topicsOf(one, "here");
    await expect(query(two.postgres!.url, "select * from here")).rejects.toMatchObject({ code: "42P01" });
    expect(await topicsOf(two)).not.toContain("here");
    await one.close();
    expect(await query(two.postgres!.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await two.close();
  });

  it.each([{ kill: false }, { kill: true }])("keeps address and data over a restart (kill: $kill)", async (how) => {
    const services = await open(both);
    const topic = freshName("kept");
    await query(services.postgres!.url, "create table kept as select 7 as id");
    await topicsOf(services, topic);
    await Promise.all([services.postgres!.restart!(how), services.kafka!.restart!(how)]);
    expect(await query(services.postgres!.url, "select id from kept")).toEqual([{ id: 7 }]);
    expect(await topicsOf(services)).toContain(topic);
    await services.close();
  });

  it("answers nobody while it is paused, goes on afterwards, and can be closed while paused", async () => {
    const services = await open(["postgres"]);
    const client = new Client({ connectionString: services.postgres!.url });
    await client.connect();
    await services.postgres!.pause!();
    let answered = false;
    const answer = client.query("select 1").then(() => (answered = true));
    const silent = new Client({ connectionString: services.postgres!.url, connectionTimeoutMillis: 300 });
    await expect(silent.connect()).rejects.toThrow();
    expect(answered).toBe(false);
    await services.postgres!.resume!();
    expect(await answer).toBe(true);
    await client.end();
    await services.postgres!.pause!();
    const [record] = state.records();
    const members = membersOf(record!);
    await services.close();
    expect(await stillRunning(members)).toEqual([]);
  });
});

describeLive("a parent that ends without closing", () => {
  it.each([
    ["SIGKILL", both],
    ["SIGTERM", ["postgres"]],
    ["SIGINT", ["postgres"]],
  ] as const)("by %s leaves no process and no folder of %s", async (signal, want) => {
    const parent = await hold(...want);
    const [record] = state.records();
    const members = membersOf(record!);
    expect(members.length).toBeGreaterThan(want.length);
    parent.kill(signal);
    expect(await stillRunning(members)).toEqual([]);
    expect(record!.folders.filter(existsSync)).toEqual([]);
  });

  it.each(["initdb", "kafka", "postgres"])("while %s is starting leaves nothing either", async (name) => {
    const parent = startHolding(...both);
    await expect.poll(() => state.records()[0]?.processes, { interval: 1, timeout: START_MS }).toHaveProperty(name);
    const [record] = state.records();
    const members = membersOf(record!);
    parent.kill("SIGKILL");
    expect(await stillRunning(members)).toEqual([]);
    expect(record!.folders.filter(existsSync)).toEqual([]);
    expect(state.records()).toEqual([]);
  });

  it("together with its keeper leaves what the next set sweeps away", async () => {
    const parent = await hold("postgres");
    const [record] = state.records();
    const members = membersOf(record!);
    parent.kill("SIGSTOP"); // or it would clean up for its keeper
    signalProcess(record!.keeper, "SIGKILL");
    parent.kill("SIGKILL");
    await once(parent, "exit");
    expect(await stillRunning([record!.keeper])).toEqual([]); // a signal sent is not yet a process ended
    const next = await open(["postgres"]);
    expect(await stillRunning(members)).toEqual([]);
    expect(record!.folders.filter(existsSync)).toEqual([]);
    await next.close();
  });
});

describeLive("`services up`", () => {
  it("keeps servers that sets take and leave running, until `down` stops exactly those", async () => {
    const { environment } = state;
    expect(await servicesStatus({ environment })).toEqual({ faults: {} });
    const resident = await servicesUp({ environment });
    atEnd.push(() => servicesDown({ environment }));
    expect(await servicesUp({ environment })).toEqual({ ...resident, started: false });
    const members = membersOf(state.records()[0]!);

    const borrowed = await openServices({ want: both, environment });
    expect(borrowed.postgres!.url).toBe(resident.postgres.url);
    expect(borrowed.postgres!.restart).toBeUndefined();
    await borrowed.close();
    const own = await open(["postgres"]);
    expect(own.postgres!.url).not.toBe(resident.postgres.url);
    expect((await servicesStatus({ environment })).running).toMatchObject({ kafka: resident.kafka });

    expect(await servicesDown({ environment })).toBe(true);
    expect(await stillRunning(members)).toEqual([]);
    expect(await query(own.postgres!.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await own.close();
    expect(await servicesDown({ environment })).toBe(false);
  });
});
