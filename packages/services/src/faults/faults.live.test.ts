import { connect, type Socket } from "node:net";
import kafkajs from "kafkajs";
import { Client } from "pg";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { describeLive, freshName, liveServices } from "../testing.ts";
import { addressThrough, type KafkaProxy, type PostgresProxy } from "./faults.ts";
import { outage, proxyKafka, proxyPostgres, type Routes, terminateBackends } from "./faults.ts";

const seen = (check: () => Promise<void> | void): Promise<void> => vi.waitFor(check, { timeout: 10_000, interval: 20 });

const clients: Client[] = [];
afterEach(async () => {
  await Promise.all(clients.splice(0).map((client) => client.end().catch(() => undefined)));
});

interface Session {
  readonly client: Client;
  readonly errors: unknown[];
}

async function session(url: string, name: string, statementTimeoutMs?: number): Promise<Session> {
  const client = new Client({
    connectionString: url,
    application_name: name,
    connectionTimeoutMillis: 2_000,
    ...(statementTimeoutMs !== undefined && { query_timeout: statementTimeoutMs }),
  });
  const errors: unknown[] = [];
  client.on("error", (error) => errors.push(error));
  await client.connect();
  clients.push(client);
  return { client, errors };
}

const one = async (client: Client): Promise<unknown> =>
  (await client.query<{ one: number }>("select 1 as one")).rows[0]?.one;

async function sessionsNamed(name: string): Promise<number> {
  const { client } = await session(liveServices().databaseUrl, "judge");
  const sql = "select count(*)::int as count from pg_stat_activity where application_name = $1";
  const { rows } = await client.query<{ count: number }>(sql, [name]);
  await client.end();
  return rows[0]?.count ?? 0;
}

describeLive("Postgres behind a proxy", () => {
  let proxy: PostgresProxy;
  let name: string;
  beforeEach(async () => {
    name = freshName("worker");
    proxy = await proxyPostgres({ url: liveServices().databaseUrl });
  });
  afterEach(() => proxy.close());

  it("answers; a cut breaks the session and refuses new ones; after heal new ones work", async () => {
    const { client, errors } = await session(proxy.url, name);
    expect(await one(client)).toBe(1);
    const { lastedMs } = await outage({
      start: () => proxy.cut(),
      end: () => proxy.heal(),
      forMs: 1,
    });
    expect(lastedMs).toBeGreaterThanOrEqual(1);
    await seen(() => expect(errors[0]).toMatchObject({ code: "ECONNRESET" }));
    await expect(client.query("select 1")).rejects.toThrow();
    await proxy.cut();
    await expect(session(proxy.url, name)).rejects.toMatchObject({ code: "ECONNREFUSED" });
    await proxy.heal();
    expect(await one((await session(proxy.url, name)).client)).toBe(1);
    await seen(async () => expect(await sessionsNamed(name)).toBe(1));
  });

  it("half-open: a statement hangs until the client's own timeout, its session outlives it until heal", async () => {
    const { client, errors } = await session(proxy.url, name, 200);
    await client.query("begin");
    await proxy.halfOpen();
    await expect(client.query("select 1")).rejects.toThrow(/timeout/);
    expect(errors).toEqual([]);
    client.connection.stream.destroy();
    expect(await sessionsNamed(name)).toBe(1);
    await proxy.heal();
    await seen(async () => expect(await sessionsNamed(name)).toBe(0));
  });

  it("stalled: a statement waits and is answered after heal, in the same session", async () => {
    const { client } = await session(proxy.url, name);
    await proxy.stall();
    let isAnswered = false;
    const answer = one(client).then((value) => {
      isAnswered = true;
      return value;
    });
    await seen(() => expect(proxy.stats().toServer.bufferedBytes).toBeGreaterThan(0));
    expect(await sessionsNamed(name)).toBe(1);
    expect(isAnswered).toBe(false);
    await proxy.heal();
    expect(await answer).toBe(1);
  });

  it("delayed: a question is held back, and then has the same answer", async () => {
    const { client } = await session(proxy.url, name);
    await proxy.delay(3_000, { way: "toServer" });
    let isAnswered = false;
    const answer = one(client).finally(() => (isAnswered = true));
    await seen(() => expect(proxy.stats().toServer.bufferedBytes).toBeGreaterThan(0));
    expect(isAnswered).toBe(false);
    expect(await answer).toBe(1);
    expect(proxy.stats().toServer.bufferedBytes).toBe(0);
  });
});

describeLive("sessions of one application", () => {
  it("are ended by the server, with its own error, and no others", async () => {
    const { databaseUrl } = liveServices();
    const name = `${freshName("worker")}' or true --`;
    const doomed = [await session(databaseUrl, name), await session(databaseUrl, name)];
    const other = await session(databaseUrl, freshName("other"));
    const running = doomed[0]!.client.query("select pg_sleep(60)");
    const answered = expect(running).rejects.toMatchObject({ code: "57P01" });
    expect(await terminateBackends({ url: databaseUrl, applicationName: name })).toBe(2);
    expect(await sessionsNamed(name)).toBe(0);
    await answered;
    await seen(() => expect(doomed[1]!.errors[0]).toMatchObject({ code: "57P01" }));
    expect(await one(other.client)).toBe(1);
    expect(await terminateBackends({ url: databaseUrl, applicationName: name })).toBe(0);
  });

  it("without a name that the server keeps whole are refused; an unreachable server is an error without its password", async () => {
    const url = "postgres://me:hidden@127.0.0.1:1/d";
    await expect(terminateBackends({ url, applicationName: "" })).rejects.toMatchObject({ code: "invalid-options" });
    const long = terminateBackends({ url, applicationName: "x".repeat(64), deadlineMs: 0 });
    await expect(long).rejects.toThrow(/deadlineMs[^]*applicationName/);
    const unreachable = terminateBackends({ url, applicationName: "worker" });
    await expect(unreachable).rejects.toMatchObject({ code: "fault-not-true", kind: "dependency" });
    await expect(unreachable).rejects.not.toThrow(/hidden/);
  });
});

/** As a worker would: from what can be sent to another process. */
async function connected(brokers: readonly string[], routes: Routes) {
  const addressOf = addressThrough(JSON.parse(JSON.stringify(routes)) as Routes);
  const ports = new Set<number>();
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout: 1_000,
    retry: { retries: 0 },
    socketFactory: ({ host, port, onConnect }): Socket => {
      const address = addressOf({ host, port });
      ports.add(address.port);
      return connect(address, onConnect);
    },
  });
  const admin = kafka.admin();
  await admin.connect();
  return { admin, ports };
}

describeLive("Kafka behind proxies", () => {
  let proxy: KafkaProxy;
  beforeEach(async () => {
    proxy = await proxyKafka({ brokers: liveServices().brokers });
  });
  afterEach(() => proxy.close());

  it.each(["proxies", "brokers"])("is reached through them alone, starting from the %s' addresses", async (start) => {
    const from = start === "proxies" ? proxy.brokers : liveServices().brokers;
    const { admin, ports } = await connected(from, proxy.routes);
    expect(await admin.listTopics()).toBeInstanceOf(Array);
    expect((await admin.describeCluster()).brokers.length).toBeGreaterThan(0);
    const own = Object.values(proxy.routes).map(({ port }) => port);
    expect(own).toEqual(expect.arrayContaining([...ports]));
    expect(proxy.stats().toClient.bytes).toBeGreaterThan(0);
    await admin.disconnect();
  });

  it("cut: requests fail; heal: a new client works; half-open: a request runs into its timeout", async () => {
    const first = await connected(proxy.brokers, proxy.routes);
    await first.admin.listTopics();
    await proxy.cut();
    await expect(first.admin.listTopics()).rejects.toThrow();
    await proxy.heal();
    const second = await connected(proxy.brokers, proxy.routes);
    await second.admin.listTopics();
    await proxy.halfOpen();
    await expect(second.admin.listTopics()).rejects.toMatchObject({ name: "KafkaJSRequestTimeoutError" });
    await proxy.close();
    await Promise.allSettled([first.admin.disconnect(), second.admin.disconnect()]);
  });

  it("one broker can be hurt alone, and a broker without a proxy is refused rather than reached past the faults", async () => {
    const broker = liveServices().brokers[0] as string;
    await proxy.proxyOf(broker).cut();
    await expect(connected(proxy.brokers, proxy.routes)).rejects.toThrow();
    const stray = (): unknown => addressThrough(proxy.routes)({ host: "elsewhere", port: 9092 });
    expect(stray).toThrow(expect.objectContaining({ code: "stray-broker" }));
    expect(() => proxy.proxyOf("elsewhere:9092")).toThrow(expect.objectContaining({ code: "stray-broker" }));
  });
});
