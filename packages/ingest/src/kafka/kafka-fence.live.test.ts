import { fork, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";
import { createPipeline, done, onEvent, type Pipeline, type PipelineEvents } from "@weir/core";
import { MemoryDeadLetters } from "@weir/core/testing";
import { createDatabase, createOwnership, identifier, migrate, ownershipMigrations } from "@weir/postgres";
import type { Database, PostgresOwnership } from "@weir/postgres";
import { describeLive, freshName, liveServices } from "@weir/services/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createPostgresSink, postgresSinkTable } from "../postgres-sink/postgres-sink.ts";
import { workerColumns, type FromWorker, type ToWorker } from "./fenced-rows.ts";
import { createKafkaSource, onKafkaEvent, type KafkaEvents, type KafkaRecord } from "./kafka.ts";
import { LiveTopic, nextEvent, until } from "./live-topic.ts";

const partitions = 2;

describeLive("Kafka source that claims its partitions in Postgres", () => {
  let topic: LiveTopic;
  let database: Database;
  let ownership: PostgresOwnership;
  let schema: string;
  const pipelines: Pipeline[] = [];
  const children: ChildProcess[] = [];
  const stops: (() => void)[] = [];

  beforeEach(async () => {
    schema = freshName("fence");
    topic = await LiveTopic.create(partitions);
    database = createDatabase({ url: liveServices().databaseUrl, poolMax: 6 });
    const migrations = [postgresSinkTable({ table: "rows", columns: workerColumns("") }), ...ownershipMigrations];
    await migrate(database, { schema, migrations });
    ownership = createOwnership({ database, schema, pipeline: topic.group, outcomes: [{ table: "rows" }] });
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) stop();
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await Promise.all(pipelines.splice(0).map((pipeline) => pipeline.drain({ deadlineMs: 0 })));
    await database.query(`drop schema ${identifier(schema)} cascade`);
    await database.close();
    await topic.drop();
  });

  function newMember(name: string): { pipeline: Pipeline; handled: string[] } {
    const handled: string[] = [];
    const pipeline = createPipeline<KafkaRecord, string>({
      name,
      source: createKafkaSource({ ...topic.options({ name }), ownership }),
      process: {
        handle: ({ origin, offset, data }) => {
          handled.push(`${origin.id}@${offset}`);
          return done(String(data.value));
        },
        maxDemand: 20,
      },
      sink: createPostgresSink({ database, schema, table: "rows", columns: workerColumns(name), ownership }),
      batch: { size: 20, ageMs: 5 },
      deadLetters: new MemoryDeadLetters(),
    });
    pipelines.push(pipeline);
    return { pipeline, handled };
  }

  interface Row {
    readonly id: string;
    readonly worker: string;
    readonly fence: number;
  }
  async function rows(): Promise<readonly Row[]> {
    const table = identifier(schema, "rows");
    const sql = `select origin || '@' || origin_offset as id, worker, fence::int as fence from ${table} order by arrival`;
    return (await database.query<Row>(sql)).rows;
  }

  async function ownedFences(): Promise<readonly number[]> {
    const sql = `select fence::int as fence from ${identifier(schema, "owners")} order by fence`;
    return (await database.query<{ fence: number }>(sql)).rows.map(({ fence }) => fence);
  }

  const count = async (): Promise<number> => (await rows()).length;

  it("writes under the fences of its claims, and hands nothing out before them", async () => {
    const claimed: KafkaEvents["claimed"][] = [];
    stops.push(onKafkaEvent("claimed", (event) => claimed.push(event)));
    await topic.fill(50);
    const { pipeline, handled } = newMember("a");
    const handledBefore: string[] = [];
    stops.push(
      onKafkaEvent("claimed", ({ origin }) => {
        handledBefore.push(...handled.filter((id) => id.startsWith(`${origin}@`)));
      }),
    );
    await pipeline.start();
    await until(async () => (await count()) === 50 * partitions);
    expect(claimed.map(({ fence, decided, position }) => [fence, decided, position])).toEqual([
      [1, -1, null],
      [1, -1, null],
    ]);
    expect(handledBefore).toEqual([]);
    expect(new Set((await rows()).map(({ fence }) => fence))).toEqual(new Set([1]));
  });

  it("does not handle again what was decided and not committed, and commits it", async () => {
    await topic.fill(50);
    const wrote = Array.from({ length: 30 }, (_, offset) => offset * 2);
    const sql = `insert into ${identifier(schema, "rows")} (origin, origin_offset, text, worker, fence)
select $1, n, 'x', 'former', 0 from unnest($2::bigint[]) as former (n) where n < 50`;
    await database.query(sql, [`${topic.name}/0`, wrote]);
    const { pipeline, handled } = newMember("a");
    await pipeline.start();
    await until(async () => (await topic.committed()).every((offset) => offset === 50));
    expect(handled.filter((id) => id.startsWith(`${topic.name}/0@`)).length).toBe(25);
    expect(pipeline.describe().settled).toMatchObject({ done: 75, alreadyDecided: 25 });
    expect(await count()).toBe(100);
  });

  it("a row that somebody stole is claimed back by the member, and everything is written", async () => {
    const fenced: PipelineEvents["fenced"][] = [];
    stops.push(onEvent("fenced", (event) => fenced.push(event)));
    await topic.fill(50);
    const { pipeline } = newMember("a");
    await pipeline.start();
    await until(async () => (await count()) === 50 * partitions);
    const thief = await ownership.claim(`${topic.name}/0`);
    const again = nextEvent("claimed", ({ fence }) => fence > thief.fence);
    await topic.fill(50);
    expect(await again).toMatchObject({ source: "a", origin: `${topic.name}/0`, fence: thief.fence + 1 });
    await until(async () => (await count()) === 100 * partitions);
    await until(async () => (await topic.committed()).every((offset) => offset === 100));
    expect(fenced).toMatchObject([{ pipeline: "a", origin: `${topic.name}/0`, fence: 1 }]);
    expect((await rows()).filter(({ fence }) => fence === thief.fence)).toEqual([]);
    const { pulled, settled, released, fenced: given } = await pipeline.drain();
    expect(pulled).toBe(settled + released);
    expect(given).toBeGreaterThan(0);
  });

  it("starts at the position that is stored with the fence, also when its partition is kept in a rebalance", async () => {
    await topic.fill(100);
    for (const origin of [`${topic.name}/0`, `${topic.name}/1`]) {
      await ownership.claim(origin);
      await database.query(`update ${identifier(schema, "owners")} set position = 40 where origin = $1`, [origin]);
    }
    const truncated: unknown[] = [];
    stops.push(onKafkaEvent("truncated", (event) => truncated.push(event)));
    const a = newMember("a");
    await a.pipeline.start();
    await until(async () => (await count()) === 60 * partitions);
    const kept = nextEvent("joined", ({ source, retained }) => source === "a" && retained.length === 1);
    await newMember("b").pipeline.start();
    await kept;
    await topic.fill(20);
    await until(async () => (await count()) === 80 * partitions);
    expect(truncated).toEqual([]);
    expect(Math.min(...(await rows()).map(({ id }) => Number(id.split("@")[1])))).toBe(40);
  });

  it("a worker that is stopped beyond its session, and continued, writes nothing any more", async () => {
    const child = fork(fileURLToPath(new URL("fenced-worker.ts", import.meta.url)), {
      execArgv: ["--disable-warning=TimeoutNegativeWarning"],
    });
    children.push(child);
    const heard: FromWorker[] = [];
    child.on("message", (message: FromWorker) => heard.push(message));
    const has = (event: string) => heard.some((message) => "event" in message && message.event === event);
    const order = (to: ToWorker): void => void child.send(to);
    const kafka = topic.options({ name: "zombie" });
    order({ kafka, databaseUrl: liveServices().databaseUrl, schema, worker: "zombie" });
    await until(() => has("started"));
    await topic.fill(20);
    await until(async () => (await count()) === 20 * partitions);
    order("hold");
    await topic.fill(20);
    await until(() => has("held"));
    child.kill("SIGSTOP");
    // Read as soon as it continues, and before the broker can tell it anything.
    order("go");
    const { pipeline } = newMember("heir");
    await pipeline.start();
    await until(async () => (await count()) === 40 * partitions);
    child.kill("SIGCONT");
    await until(() => has("fenced"));
    await topic.fill(20);
    await until(async () => (await count()) === 60 * partitions);
    const written = await rows();
    const stoppedBefore = written.filter(({ fence }) => fence === 1);
    expect(stoppedBefore.length).toBe(20 * partitions);
    expect(stoppedBefore.every(({ worker }) => worker === "zombie")).toBe(true);
    expect(heard.some((message) => "counts" in message && message.counts.fenced > 0)).toBe(true);
    // It steals nothing: the heir claimed both, and one of them is claimed once more if the worker has joined anew.
    const fences = await ownedFences();
    expect(fences[0]).toBe(2);
    expect(fences[1]).toBeLessThanOrEqual(3);
  });
});
