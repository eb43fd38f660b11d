import { once } from "node:events";
import { Client } from "pg";
import { expect, it } from "vitest";
import { isFree } from "../free-port.ts";
import { signalProcess } from "../process-identity.ts";
import { describeTier, freshName, liveServices } from "../testing.ts";
import { reachableFromOutside } from "../testing/outside.ts";
import { stillRunning } from "../testing/scratch-state.ts";
import type { TierTraces } from "../testing/tier-traces.ts";
import { createTierBench, hold, query, type TierBench, topicsOf } from "./tier-bench.ts";

const both = ["postgres", "kafka"] as const;

interface UnderTest {
  readonly tier: "embedded" | "containers";
  readonly bench: TierBench;
  readonly tracesOf: TierTraces;
}

/** What every tier that starts servers of its own promises, whatever they run in. */
export function servicesContract(tier: UnderTest["tier"], tracesOf: TierTraces): void {
  describeTier(tier, `a set of servers (${tier})`, () => {
    const under = { tier, tracesOf, bench: createTierBench(tier) };
    lifePromises(under);
    faultPromises(under);
    killPromises(under);
  });
}

const portOf = (address: string): number => Number(/:(\d+)(\/|$)/.exec(address)?.[1]);

function lifePromises({ tier, bench, tracesOf }: UnderTest): void {
  const { open } = bench;

  it("answers on 127.0.0.1 only, says what it is, and leaves nothing behind", async () => {
    const services = await open(both);
    expect(services).toMatchObject({ tier, summary: expect.stringMatching(/Postgres 18.*Kafka 4/) });
    const addresses = [services.postgres?.url ?? "", ...(services.kafka?.brokers ?? [])];
    expect(addresses).toHaveLength(2);
    expect(await reachableFromOutside(addresses.map(portOf))).toEqual([]);
    const traces = await tracesOf(bench.state());
    expect(traces.count).toBeGreaterThan(2);
    await services.close();
    await services.close();
    expect(await traces.left()).toEqual([]);
    for (const address of addresses) expect(await isFree(portOf(address))).toBe(true);
  });

  it("refuses a wrong password, and each set has its own", async () => {
    const one = await open(["postgres"]);
    const wrong = new URL(one.postgres!.url);
    wrong.password = new URL(liveServices().databaseUrl).password;
    await expect(query(wrong.href, "select 1")).rejects.toMatchObject({ code: "28P01" });
  });

  it("stands beside another set, and neither sees the other's data", async () => {
    const [one, two] = await Promise.all([open(both), open(both)]);
    await query(one.postgres!.url, "create table here (id int)");
    await topicsOf(one, "here");
    await expect(query(two.postgres!.url, "select * from here")).rejects.toMatchObject({ code: "42P01" });
    expect(await topicsOf(two)).not.toContain("here");
    await one.close();
    expect(await query(two.postgres!.url, "select 1 as one")).toEqual([{ one: 1 }]);
  });
}

function faultPromises({ bench, tracesOf }: UnderTest): void {
  const { open } = bench;

  it("keeps addresses and data when it is stopped and started, and when it is killed and started", async () => {
    const services = await open(both);
    const topic = freshName("kept");
    await query(services.postgres!.url, "create table kept as select 7 as id");
    await topicsOf(services, topic);
    for (const kill of [false, true]) {
      await Promise.all([services.postgres!.restart!({ kill }), services.kafka!.restart!({ kill })]);
      expect(await query(services.postgres!.url, "select id from kept")).toEqual([{ id: 7 }]);
      expect(await topicsOf(services)).toContain(topic);
    }
  });

  it("answers nobody while it is paused, goes on afterwards, and can be killed and closed while paused", async () => {
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
    await services.postgres!.kill!();
    await expect(query(services.postgres!.url, "select 1")).rejects.toThrow();
    await services.postgres!.start!();
    await services.postgres!.pause!();
    const traces = await tracesOf(bench.state());
    await services.close();
    expect(await traces.left()).toEqual([]);
  });
}

function killPromises({ bench, tracesOf }: UnderTest): void {
  const { open } = bench;

  it("leaves nothing of a parent that ended by SIGKILL", async () => {
    const parent = await hold(bench, both);
    const traces = await tracesOf(bench.state());
    expect(traces.count).toBeGreaterThan(2);
    parent.kill("SIGKILL");
    expect(await traces.left()).toEqual([]);
    expect(bench.state().records()).toEqual([]);
  });

  it("leaves what the next set sweeps away, when its parent and its keeper are killed together", async () => {
    const parent = await hold(bench, ["postgres"]);
    const [record] = bench.state().records();
    const traces = await tracesOf(bench.state());
    parent.kill("SIGSTOP"); // or it would clean up for its keeper
    signalProcess(record!.keeper, "SIGKILL");
    parent.kill("SIGKILL");
    await once(parent, "exit");
    expect(await stillRunning([record!.keeper])).toEqual([]); // a signal sent is not yet a process ended
    await open(["postgres"]);
    expect(await traces.left()).toEqual([]);
  });
}
