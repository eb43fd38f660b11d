import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import {
  createDatabase,
  createOwnership,
  identifier,
  migrate,
  ownershipMigrations,
  type Database,
} from "@weir/postgres";
import { describeLive, freshName, liveServices } from "@weir/services/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { WorkerOrder } from "./fenced-rows.ts";
import { createKafkaSource, onKafkaEvent } from "./kafka.ts";
import { LiveTopic, nextEvent, pullSome, until } from "./live-topic.ts";

const partitions = 2;

describeLive("Kafka source whose positions are stored with the effects", () => {
  let topic: LiveTopic;
  let database: Database;
  let schema: string;
  const children: ChildProcess[] = [];

  beforeEach(async () => {
    schema = freshName("positions");
    topic = await LiveTopic.create(partitions);
    database = createDatabase({ url: liveServices().databaseUrl, poolMax: 4 });
    const table = { name: "ledger", sql: "create table ledger (origin text, n bigint, worker text)" };
    await migrate(database, { schema, migrations: [table, ...ownershipMigrations] });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await database.query(`drop schema ${identifier(schema)} cascade`);
    await database.close();
    await topic.drop();
  });

  function startWorker(worker: string): ChildProcess {
    const child = fork(fileURLToPath(new URL("positions-worker.ts", import.meta.url)), {
      execArgv: ["--disable-warning=TimeoutNegativeWarning"],
    });
    children.push(child);
    const kafka = topic.options({ name: worker, sessionTimeoutMs: 1_000 });
    child.send({ kafka, databaseUrl: liveServices().databaseUrl, schema, worker } satisfies WorkerOrder);
    return child;
  }

  async function ledger(): Promise<readonly { readonly id: string; readonly worker: string }[]> {
    const sql = `select origin || '@' || n as id, worker from ${identifier(schema, "ledger")}`;
    return (await database.query<{ id: string; worker: string }>(sql)).rows;
  }

  it("every effect happens once without a unique key, though no offset is ever committed and workers are killed at work", async () => {
    const perPartition = 400;
    await topic.fill(perPartition);
    for (const [worker, killedAt] of [
      ["one", 60],
      ["two", 250],
    ] as const) {
      const child = startWorker(worker);
      await until(async () => (await ledger()).length >= killedAt);
      child.kill("SIGKILL");
      await once(child, "exit");
      await topic.fill(20);
    }
    startWorker("three");
    const places = Array.from({ length: partitions }, (_, partition) => `${topic.name}/${partition}`);
    const offsets = Array.from({ length: perPartition + 40 }, (_, n) => n).filter((n) => n % 10 !== 3);
    const expected = places.flatMap((id) => offsets.map((n) => `${id}@${n}`));
    await until(async () => (await ledger()).length >= expected.length);
    const rows = await ledger();
    expect(rows.map(({ id }) => id).toSorted()).toEqual(expected.toSorted());
    expect(new Set(rows.map(({ worker }) => worker)).size).toBe(3);
    expect(await topic.committed()).toEqual([null, null]);
  });

  it("a log that ends below the stored position is another one: its position is forgotten, and it is read from its start", async () => {
    await topic.fill(3);
    const ownership = createOwnership({ database, schema, pipeline: topic.group, outcomes: [] });
    const id = `${topic.name}/0`;
    await ownership.claim(id);
    await database.query(`update ${identifier(schema, "owners")} set position = 50 where origin = $1`, [id]);
    const source = createKafkaSource({ ...topic.options(), ownership });
    const truncated = nextEvent("truncated");
    const claims: (number | null)[] = [];
    const stop = onKafkaEvent("claimed", ({ origin, position }) => void (origin === id && claims.push(position)));
    await source.start({ lost: () => {} });
    const offsets: number[] = [];
    while (offsets.length < 3) {
      const messages = await pullSome(source, 10);
      offsets.push(...messages.filter(({ origin }) => origin.id === id).map(({ offset }) => offset));
    }
    expect(offsets).toEqual([0, 1, 2]);
    expect(await truncated).toMatchObject({ origin: id, expected: 50, logEnd: 3 });
    expect(claims).toEqual([50, null]);
    stop();
    await source.close();
  });
});
