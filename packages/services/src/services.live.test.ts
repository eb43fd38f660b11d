import { existsSync } from "node:fs";
import { expect, it, vi } from "vitest";
import { servicesContract } from "./contract/services-contract.ts";
import { createTierBench, hold, query } from "./contract/tier-bench.ts";
import { openServices, servicesDown, servicesStatus, servicesUp } from "./services.ts";
import { createTestSchema, describeLive, describeTier, liveServices } from "./testing.ts";
import { listeningAddresses, loopback } from "./testing/listening.ts";
import { membersOf, stillRunning } from "./testing/scratch-state.ts";
import { containerTraces, embeddedTraces } from "./testing/tier-traces.ts";

const both = ["postgres", "kafka"] as const;
// A busy machine takes ten times as long for each start as an idle one.
vi.setConfig({ testTimeout: 180_000 });
const START_MS = 90_000;

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

servicesContract("embedded", embeddedTraces);
servicesContract("containers", containerTraces);

describeTier("containers", "servers in containers", () => {
  const bench = createTierBench("containers");

  it("say which image ran, its digest, and that it was built here if it was", async () => {
    const { postgres, summary } = await bench.open(["postgres"]);
    expect(postgres!.image).toMatchObject({ digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/) });
    expect(summary).toContain(postgres!.image!.name);
    expect(summary).toContain(postgres!.image!.digest.slice(0, "sha256:".length + 12));
    expect(summary.includes("built here; the official image was not tried")).toBe(postgres!.image!.builtHere);
  });

  it("are an error where an image is neither there nor to be had, and leave nothing", async () => {
    const environment = { ...bench.state().environment, WEIR_POSTGRES_IMAGE: "127.0.0.1:1/nothing:0" };
    const opened = openServices({ want: ["postgres"], environment });
    await expect(opened).rejects.toMatchObject({ code: "no-image", message: expect.stringContaining("nothing:0") });
    expect(bench.state().records()).toEqual([]);
  });
});

describeTier("embedded", "embedded servers", () => {
  const bench = createTierBench("embedded");

  it("listen on 127.0.0.1, as the system itself sees it", async () => {
    await bench.open(both);
    const [record] = bench.state().records();
    if (process.platform !== "linux") return expect(record).toBeDefined();
    const heard = Object.values(record!.processes).flatMap(({ pid }) => listeningAddresses(pid));
    expect(heard).toHaveLength(3); // Postgres, the broker, its controller
    return expect(loopback).toEqual(expect.arrayContaining(heard));
  });

  it.each(["SIGTERM", "SIGINT"] as const)(
    "leave no process and no folder of a parent that ended by %s",
    async (signal) => {
      const parent = await hold(bench, ["postgres"]);
      const traces = await embeddedTraces(bench.state());
      parent.kill(signal);
      expect(await traces.left()).toEqual([]);
    },
  );

  it.each(["initdb", "kafka", "postgres"])(
    "leave nothing of a parent that was killed while %s was starting",
    async (name) => {
      const parent = bench.startHolding(both);
      await expect
        .poll(() => bench.state().records()[0]?.processes, { interval: 1, timeout: START_MS })
        .toHaveProperty(name);
      const [record] = bench.state().records();
      const members = membersOf(record!);
      parent.kill("SIGKILL");
      expect(await stillRunning(members)).toEqual([]);
      expect(record!.folders.filter(existsSync)).toEqual([]);
      expect(bench.state().records()).toEqual([]);
    },
  );
});

describeTier("embedded", "`services up`", () => {
  const bench = createTierBench("embedded");

  it("keeps servers that sets take and leave running, until `down` stops exactly those", async () => {
    const { environment } = bench.state();
    expect(await servicesStatus({ environment })).toEqual({ faults: {} });
    const resident = await servicesUp({ environment });
    bench.atEnd(() => servicesDown({ environment }));
    expect(await servicesUp({ environment })).toEqual({ ...resident, started: false });
    const members = membersOf(bench.state().records()[0]!);

    const borrowed = await openServices({ want: both, environment });
    expect(borrowed.postgres!.url).toBe(resident.postgres.url);
    expect(borrowed.postgres!.restart).toBeUndefined();
    await borrowed.close();
    const own = await bench.open(["postgres"]);
    expect(own.postgres!.url).not.toBe(resident.postgres.url);
    expect((await servicesStatus({ environment })).running).toMatchObject({ kafka: resident.kafka });

    // SERVICES=memory takes the same Postgres, and calls the whole by its weakest part.
    const memory = await openServices({ want: ["postgres"], environment: { ...environment, SERVICES: "memory" } });
    expect(memory).toMatchObject({ tier: "memory", postgres: { tier: "embedded", url: resident.postgres.url } });
    await memory.close();

    expect(await servicesDown({ environment })).toBe(true);
    expect(await stillRunning(members)).toEqual([]);
    expect(await query(own.postgres!.url, "select 1 as one")).toEqual([{ one: 1 }]);
    await own.close();
    expect(await servicesDown({ environment })).toBe(false);
  });
});
