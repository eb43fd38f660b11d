import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createDatabase, migrate, type Database } from "@weir/postgres";
import { createTestSchema, describeLive, liveServices, type TestSchema } from "@weir/services/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createSharedRateLimit, rateLimitMigrations, type RateLimitCounts } from "../backpressure.ts";
import { fullestWindow } from "./window-count.ts";

const worker = fileURLToPath(new URL("shared-limit-worker.ts", import.meta.url));

describeLive("a shared rate limit", () => {
  let schema: TestSchema;
  let database: Database;

  beforeEach(async () => {
    schema = await createTestSchema("rate");
    database = createDatabase({ url: liveServices().databaseUrl, poolMax: 4 });
    await migrate(database, { schema: schema.name, migrations: rateLimitMigrations });
  });
  afterEach(async () => {
    await database.close();
    await schema.drop();
  });

  it("lets three processes together use at most permits + burst in every window, in many permits per round trip", async () => {
    const children = [1, 2, 3].map(() => fork(worker, [liveServices().databaseUrl, schema.name, "800"]));
    try {
      await Promise.all(children.map((child) => once(child, "message")));
      const answers = Promise.all(children.map((child) => once(child, "message")));
      for (const child of children) child.send("go");
      const used = (await answers).map(([answer]) => answer as { timesMs: number[]; counts: RateLimitCounts });
      const timesMs = used.flatMap((each) => each.timesMs);
      expect(timesMs.length).toBeGreaterThanOrEqual(2400);
      expect(fullestWindow(timesMs, 200)).toBeLessThanOrEqual(200 + 240);
      const roundTrips = used.reduce((sum, { counts }) => sum + counts.roundTrips, 0);
      expect(timesMs.length / roundTrips).toBeGreaterThan(5);
    } finally {
      for (const child of children) child.kill("SIGKILL");
    }
  });

  it("takes the rate from the row, whoever made it, and is changed for all while they wait", async () => {
    const make = (permits: number) =>
      createSharedRateLimit({ name: "calls", database, schema: schema.name, permits, perMs: 60_000, burst: 11 });
    const [first, second] = [make(60), make(6000)];
    expect(await first.take(50)).toBe(10);
    const stop = new AbortController();
    const taking = second.take(50, stop.signal);
    // Its booking is due in ten seconds, by the first one's rate; then a second one waits in its own process.
    await untilGiven(20);
    await first.change({ permits: 60_000, perMs: 60_000, burst: 300 });
    expect(await first.take(100)).toBe(100);
    const { rows } = await database.query(`select permits, given::integer from ${schema.name}.rate_limits`);
    expect(rows).toEqual([{ permits: 60_000, given: 120 }]);
    expect(second.counts).toMatchObject({ given: 0, waiting: 1 });
    stop.abort();
    expect(await taking).toBe(0);
  });

  async function untilGiven(given: number): Promise<void> {
    for (;;) {
      const { count } = await database.query(`select 1 from ${schema.name}.rate_limits where given = $1`, [given]);
      if (count > 0) return;
    }
  }

  it("shares a round trip between calls that come together, and gives what was booked to whoever comes next", async () => {
    const limit = createSharedRateLimit({
      name: "calls",
      database,
      schema: schema.name,
      permits: 1000,
      burst: 1000,
      staleMaxMs: 500,
    });
    const counts = await Promise.all([limit.take(1), limit.take(20), limit.take(3)]);
    expect(counts).toEqual([1, 20, 3]);
    expect(limit.counts).toMatchObject({ given: 24, waiting: 0 });
    // One that found no row, one that made it, one that booked; more only where an answer came too late to count.
    const { rows } = await database.query<{ given: number }>(`select given::integer from ${schema.name}.rate_limits`);
    expect(limit.counts.roundTrips).toBe(2 + (rows[0]?.given ?? 0) / 24);
    const stop = new AbortController();
    const [left] = [limit.take(7, stop.signal), limit.take(5)];
    stop.abort();
    expect(await left).toBe(0);
    const { given, expired } = limit.counts;
    expect(given + expired).toBeGreaterThanOrEqual(24);
  });

  it("rejects with what the database says, and serves again afterwards", async () => {
    const limit = createSharedRateLimit({ name: "calls", database, schema: schema.name, permits: 100, burst: 50 });
    await database.query(`alter table ${schema.name}.rate_limits rename to elsewhere`);
    await expect(limit.take(1)).rejects.toMatchObject({ code: "missing-table" });
    await database.query(`alter table ${schema.name}.elsewhere rename to rate_limits`);
    expect(await limit.take(1)).toBe(1);
  });
});
