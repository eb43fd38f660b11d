import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createPipeline, done } from "@weir/core";
import type { Pipeline } from "@weir/core";
import { MemoryDeadLetters } from "@weir/core/testing";
import { createKafkaAdmin, createKafkaProducer, createKafkaSource } from "@weir/ingest/kafka";
import type { KafkaAdmin, KafkaProducer, KafkaRecord } from "@weir/ingest/kafka";
import { processFaults } from "@weir/services/faults";
import { describeLive, freshName, liveServices } from "@weir/services/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createOutbox, createOutboxRelay, createSequence, createSequenceSink, outboxEntry } from "./idempotency.ts";
import type { Outbox, OutboxRelay, SequenceEntry } from "./idempotency.ts";
import { LiveLedger } from "./live-ledger.ts";
import { entryOf, firstArrivals, upTo } from "./memory-topic.ts";
import type { FromRelay, RelayOrder } from "./relay-worker.ts";

describeLive("an outbox and Kafka", () => {
  const aggregates = ["a", "b", "c", "d"];
  let ledger: LiveLedger;
  let outbox: Outbox;
  let topic: string;
  let admin: KafkaAdmin;
  let producer: KafkaProducer;
  const children: ChildProcess[] = [];
  const relays: OutboxRelay[] = [];
  let pipeline: Pipeline | undefined;

  beforeEach(async () => {
    ledger = await LiveLedger.create();
    outbox = createOutbox({ database: ledger.database, schema: ledger.schema });
    topic = freshName("orders");
    const client = { brokers: [...liveServices().brokers], clientId: "test" };
    admin = createKafkaAdmin({ client });
    producer = createKafkaProducer({ client });
    await admin.createTopic({ topic, partitions: 2 });
  });
  afterEach(async () => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
    await pipeline?.drain({ deadlineMs: 0 });
    pipeline = undefined;
    await Promise.all(relays.splice(0).map((relay) => relay.stop()));
    await producer.close();
    await admin.deleteTopic(topic);
    await admin.close();
    await ledger.drop();
  });

  /** So many messages of each aggregate, in transactions of a few. */
  async function fill(each: number): Promise<void> {
    for (let number = 1; number <= each; number += 1) {
      const messages = aggregates.map((aggregate) => ({ topic, aggregate, payload: `${aggregate}${number}` }));
      await ledger.database.transaction((tx) => outbox.append(tx, messages));
    }
  }

  function startRelay(): void {
    const { database, schema } = ledger;
    const relay = createOutboxRelay({ database, schema, producer, leaseMs: 5_000, pollMs: 10, batchMax: 20 });
    relays.push(relay);
    relay.start();
  }

  async function startWorker(holdAt: RelayOrder["holdAt"], leaseMs: number) {
    const child = fork(fileURLToPath(new URL("relay-worker.ts", import.meta.url)));
    children.push(child);
    const { databaseUrl, brokers } = liveServices();
    const faults = processFaults(child.pid ?? 0);
    const order: RelayOrder = { databaseUrl, brokers, schema: ledger.schema, leaseMs, holdAt };
    child.send(order);
    await said(child, "held");
    return { child, faults };
  }

  async function untilSent(): Promise<void> {
    await ledger.until(async () => (await outbox.gauges()).unsent === 0);
  }

  async function arrived(): Promise<SequenceEntry[]> {
    const entries: SequenceEntry[] = [];
    for await (const chunk of admin.readAll(topic)) entries.push(...chunk.map(({ headers }) => entryOf(headers)));
    return entries;
  }

  /** The consumer's side: each message booked once, in the order of its aggregate. */
  async function consumeAll(effects: number): Promise<string[]> {
    const { database, schema } = ledger;
    const client = { brokers: [...liveServices().brokers], clientId: "consumer" };
    const sink = createSequenceSink<KafkaRecord>({
      name: "shipping",
      database,
      sequence: createSequence({ schema, consumer: "shipping" }),
      entryOf: ({ data }) => outboxEntry(data),
      effect: (tx, messages) =>
        ledger.book(
          tx,
          messages.map(({ data }) => ({ key: String(data.value), amount: entryOf(data.headers).number })),
        ),
    });
    const read = (await arrived()).length;
    pipeline = createPipeline({
      name: "shipping",
      source: createKafkaSource({ client, groupId: freshName("shipping"), topic }),
      process: { handle: (message) => done(message.data) },
      sink,
      batch: { size: 50, ageMs: 10 },
      deadLetters: new MemoryDeadLetters(),
    });
    await pipeline.start();
    await ledger.until(() => sink.counts().effects + sink.counts().duplicates === read);
    expect(sink.counts()).toMatchObject({ effects, duplicates: read - effects, refused: 0 });
    const table = ledger.table("entries");
    const { rows } = await database.query<{ key: string }>(`select key from ${table} order by ctid`);
    return rows.map(({ key }) => key);
  }

  function expectOnceInOrder(booked: readonly string[], each: number): void {
    for (const aggregate of aggregates) {
      const own = booked.filter((key) => key.startsWith(aggregate));
      expect(own).toEqual(upTo(each).map((number) => `${aggregate}${number}`));
    }
  }

  it("a relay killed between publish and mark: sent twice under the same ids, applied once, in order", async () => {
    await fill(30);
    const { child, faults } = await startWorker("after-send", 500);
    await faults.kill();
    children.splice(children.indexOf(child), 1);
    expect((await outbox.gauges()).unsent).toBe(120);
    startRelay();
    await untilSent();
    const entries = await arrived();
    expect(entries).toHaveLength(140);
    expect(new Set(entries.map(({ id }) => id)).size).toBe(120);
    expect(firstArrivals(entries)).toEqual(Object.fromEntries(aggregates.map((name) => [name, upTo(30)])));
    expectOnceInOrder(await consumeAll(120), 30);
  });

  it("an old relay, stopped before its send and continued after takeover, changes nothing for the consumer", async () => {
    await fill(30);
    const { child, faults } = await startWorker("before-send", 300);
    await faults.stop();
    startRelay();
    await untilSent();
    const sent = said(child, "sent");
    await faults.continue();
    child.send("go");
    await sent;
    const entries = await arrived();
    expect(entries).toHaveLength(140);
    // What came late from the past stands behind everything, and has numbers from the past.
    expect(entries.filter(({ aggregate }) => aggregate === "a").at(-1)?.number).toBe(5);
    expect(firstArrivals(entries)).toEqual(Object.fromEntries(aggregates.map((name) => [name, upTo(30)])));
    expectOnceInOrder(await consumeAll(120), 30);
  });

  it("sets aside a message that the topic does not take, and sends all others", async () => {
    const small = freshName("small");
    await admin.createTopic({ topic: small, partitions: 1, config: { "max.message.bytes": "2000" } });
    const messages = Array.from({ length: 9 }, (_, i) => ({
      topic: small,
      aggregate: "a",
      payload: "x".repeat(i === 4 ? 5_000 : 100),
    }));
    await ledger.database.transaction((tx) => outbox.append(tx, messages));
    startRelay();
    await untilSent();
    const numbers: number[] = [];
    for await (const chunk of admin.readAll(small))
      numbers.push(...chunk.map(({ headers }) => entryOf(headers).number));
    await admin.deleteTopic(small);
    expect(numbers).toEqual([1, 2, 3, 4, 6, 7, 8, 9]);
    expect((await outbox.gauges()).refused).toBe(1);
  });
});

async function said(child: ChildProcess, wanted: FromRelay): Promise<void> {
  for (;;) if ((await once(child, "message"))[0] === wanted) return;
}
