import { randomUUID } from "node:crypto";
import { createPipeline, done, onEvent } from "@weir/core";
import { MemoryDeadLetters, MemoryLog } from "@weir/core/testing";
import { createDatabase, identifier, migrate } from "@weir/postgres";
import type { Database } from "@weir/postgres";
import { describeLive, liveServices } from "@weir/services/testing";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { createPostgresSink, postgresSinkTable } from "./postgres-sink.ts";
import type { SinkColumn } from "./postgres-sink.ts";

let database: Database;
const schema = `pipeline_${randomUUID()}`;
const columns: readonly SinkColumn<string>[] = [{ name: "text", type: "text", value: (message) => message.data }];

function logOf(values: readonly string[]): MemoryLog {
  const log = new MemoryLog({ partitions: 3, topic: "orders" });
  values.forEach((value, index) => log.append(index % 3, { key: `k${index % 7}`, value }));
  return log;
}

/** `besideWrite` runs beside every second write. */
function pipelineOver(log: MemoryLog, through: Database, besideWrite = () => Promise.resolve()) {
  const deadLetters = new MemoryDeadLetters();
  const sink = createPostgresSink({ database: through, schema, table: "rows", columns });
  let writes = 0;
  const pipeline = createPipeline({
    name: "orders",
    source: log.join({ untilEnd: true }),
    process: { handle: (message) => done(message.data.value) },
    sink: {
      ...sink,
      async write(batch, signal) {
        writes += 1;
        const [outcomes] = await Promise.all([sink.write(batch, signal), writes % 2 === 0 ? besideWrite() : undefined]);
        return outcomes;
      },
    },
    batch: { size: 40, ageMs: 20 },
    deadLetters,
  });
  return { pipeline, deadLetters };
}

async function storedTexts(): Promise<string[]> {
  const { rows } = await database.query<{ text: string }>(`select text from ${identifier(schema, "rows")}`);
  return rows.map(({ text }) => text).toSorted();
}

describeLive("a pipeline into Postgres", () => {
  beforeAll(() => {
    database = createDatabase({ url: liveServices().databaseUrl, poolMax: 4 });
  });
  afterEach(() => database.query(`drop schema ${identifier(schema)} cascade`));
  afterAll(() => database.close());

  it("sets aside exactly the messages that Postgres refuses, and writes all others", async () => {
    await migrate(database, { schema, migrations: [postgresSinkTable({ table: "rows", columns })] });
    const values = Array.from({ length: 300 }, (_, n) => (n % 50 === 13 ? `bad\0${n}` : `good${n}`));
    const { pipeline, deadLetters } = pipelineOver(logOf(values), database);
    await pipeline.start();
    const report = await pipeline.finished;
    expect(report).toMatchObject({ pulled: 300, settled: 300 });
    expect(report.error).toBeUndefined();
    expect(await storedTexts()).toEqual(values.filter((value) => value.startsWith("good")).toSorted());
    const reasons = [...deadLetters.letters.values()].map(({ reason }) => reason);
    expect(reasons).toEqual(Array.from({ length: 6 }, () => "invalid-text"));
  });

  it("loses and doubles nothing when its connections are terminated again and again", async () => {
    await migrate(database, { schema, migrations: [postgresSinkTable({ table: "rows", columns })] });
    const values = Array.from({ length: 2_000 }, (_, n) => `good${n}`);
    const applicationName = `hurt-${randomUUID()}`;
    const hurt = createDatabase({ url: liveServices().databaseUrl, poolMax: 2, applicationName });
    let terminated = 0;
    const { pipeline, deadLetters } = pipelineOver(logOf(values), hurt, async () => {
      const { count } = await database.query(
        "select pg_terminate_backend(pid) from pg_stat_activity where application_name = $1",
        [applicationName],
      );
      terminated += count;
    });
    let timesDown = 0;
    const stop = onEvent("dependency", ({ state }) => (timesDown += state === "down" ? 1 : 0));
    await pipeline.start();
    const report = await pipeline.finished;
    stop();
    await hurt.close();
    expect(terminated).toBeGreaterThan(10);
    expect(timesDown).toBeGreaterThan(0);
    expect(report).toMatchObject({ pulled: 2_000, settled: 2_000 });
    expect(report.error).toBeUndefined();
    expect(await storedTexts()).toEqual(values.toSorted());
    expect(deadLetters.letters.size).toBe(0);
  });
});
