import { kafkaAccess } from "@weir/drill";
import { openServices, type Services } from "@weir/services";
import { createDatabase, type Database } from "@weir/postgres";
import { createKafkaAdmin, createKafkaProducer } from "@weir/ingest/kafka";
import { describeLive, freshName } from "@weir/services/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { IngestContext } from "./contract.ts";
import { orderStream } from "./proof/stream.ts";
import { spec } from "./spec.ts";
import { solution } from "./solution/ingest.ts";

const messages = 3_000;
const expected = [...orderStream({ seed: 5, messages })];
const valid = expected.filter(({ kind }) => kind === "valid").length;

interface Prepared extends IngestContext {
  readonly brokers: readonly string[];
}

async function publish({ brokers, topic }: Prepared, from: number, to: number): Promise<void> {
  const producer = createKafkaProducer({ client: { brokers } });
  await producer.send(
    topic,
    expected.slice(from, to).map(({ key, value }) => ({ key, value })),
  );
  await producer.close();
}

describeLive("the solution while its servers go away and come back", () => {
  let services: Services;
  let judge: Database;
  beforeAll(async () => {
    services = await openServices({ want: ["postgres", "kafka"], own: true });
    judge = createDatabase({ url: services.postgres?.url as string, applicationName: "judge" });
  });
  afterAll(async () => {
    await judge.close();
    await services.close();
  });

  async function prepared(name = freshName("outage"), topic = name): Promise<Prepared> {
    const brokers = services.kafka?.brokers as readonly string[];
    const databaseUrl = services.postgres?.url as string;
    const { sessionTimeoutMs, commitIntervalMs, connectDeadlineMs } = spec;
    const place = { kind: "kafka", brokers, sessionTimeoutMs, commitIntervalMs, connectDeadlineMs } as const;
    const names = { worker: "worker-1", topic, group: name };
    const context = { ...names, schema: name, databaseUrl, brokers, ...kafkaAccess({ ...names, place }) };
    const admin = createKafkaAdmin({ client: { brokers } });
    await admin.createTopic({ topic: name, partitions: 3 });
    await admin.close();
    await solution.prepare(context);
    return context;
  }

  async function counts({ schema }: IngestContext): Promise<{ orders: number; letters: number }> {
    const sql = `select (select count(*)::int from ${schema}.orders) as orders, (select count(*)::int from ${schema}.dead_letters) as letters`;
    const { rows } = await judge.query<{ orders: number; letters: number }>(sql);
    return rows[0] as { orders: number; letters: number };
  }

  /** Half of the stream, the outage, the other half during and after it: everything arrives, without anybody's hands. */
  async function survives(outage: () => Promise<void>): Promise<void> {
    const context = await prepared();
    await publish(context, 0, messages / 2);
    const running = await solution.start(context);
    await expect.poll(() => counts(context).then(({ orders }) => orders), { timeout: 30_000 }).toBeGreaterThan(0);
    await outage();
    await publish(context, messages / 2, messages);
    const all = { orders: valid, letters: messages - valid };
    await expect.poll(() => counts(context), { timeout: 45_000 }).toEqual(all);
    const report = await running.drain(10_000);
    expect(report.error).toBeUndefined();
    expect(report.settled).toBeGreaterThanOrEqual(messages);
    expect(report.uncertain).toBe(0);
  }

  it("Postgres killed and started again in mid-stream: nothing is lost, no message pays for it", async () => {
    await survives(async () => services.postgres?.restart?.({ kill: true, downMs: 1_000 }));
  }, 120_000);

  it("Kafka killed and started again in mid-stream: nothing is lost, no message pays for it", async () => {
    await survives(async () => services.kafka?.restart?.({ kill: true, downMs: 1_000 }));
  }, 120_000);

  it("a database that is not up yet is waited for", async () => {
    const context = await prepared();
    await publish(context, 0, 100);
    await services.postgres?.stop?.();
    const starting = solution.start(context);
    await services.postgres?.start?.();
    const running = await starting;
    await expect.poll(() => counts(context).then(({ orders }) => orders), { timeout: 30_000 }).toBeGreaterThan(90);
    await running.drain(10_000);
  }, 60_000);

  it("a topic that does not exist is told by name, at once", async () => {
    const context = await prepared(freshName("outage"), "no-such-topic");
    await expect(solution.start(context)).rejects.toMatchObject({
      kind: "programming",
      message: expect.stringContaining("no-such-topic") as string,
    });
  }, 60_000);
});
