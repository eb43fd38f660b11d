import { createPipeline, done } from "@weir/core";
import type { Pipeline } from "@weir/core";
import { MemoryDeadLetters } from "@weir/core/testing";
import { createKafkaAdmin, createKafkaProducer, createKafkaSource } from "@weir/ingest/kafka";
import type { KafkaClientOptions, KafkaRecord } from "@weir/ingest/kafka";
import { createOwnership } from "@weir/postgres";
import { describeLive, freshName, liveServices } from "@weir/services/testing";
import { expect, it } from "vitest";
import { createCheckpointSink } from "./idempotency.ts";
import { LiveLedger } from "./live-ledger.ts";

const messages = 120;

describeLive("positions in the effect's transaction", () => {
  it("give each record one effect without any key, though every commit to Kafka is lost", async () => {
    const ledger = await LiveLedger.create();
    const { database } = ledger;
    const [topic, groupId] = [freshName("entries"), freshName("group")];
    const client = { brokers: [...liveServices().brokers], clientId: "test" };
    const [admin, producer] = [createKafkaAdmin({ client }), createKafkaProducer({ client })];
    await admin.createTopic({ topic, partitions: 3 });
    await database.query(`create table ${ledger.table("outcomes")} (origin text, origin_offset bigint)`);
    const publish = (count: number) =>
      producer.send(
        topic,
        Array.from({ length: count }, (_, i) => ({ key: `key-${i}`, value: "same" })),
      );

    try {
      for (const round of [1, 2, 3]) {
        await publish(messages);
        const pipeline = forgetful({ ledger, client, topic, groupId });
        await pipeline.start();
        await ledger.until(async () => (await ledger.booked()).length >= messages * round);
        await pipeline.drain();
      }
      const booked = (await ledger.booked()).map(({ key, amount }) => `${key}@${amount}`);
      expect(booked).toHaveLength(3 * messages);
      expect(new Set(booked).size).toBe(3 * messages);
      const committed = await admin.committedOffsets(groupId, topic);
      expect(committed.every(({ offset }) => offset === null)).toBe(true);
    } finally {
      await producer.close();
      await admin.deleteTopic(topic);
      await admin.close();
      await ledger.drop();
    }
  });
});

const settle = () => Promise.resolve("settled");

interface Field {
  readonly ledger: LiveLedger;
  readonly client: KafkaClientOptions;
  readonly topic: string;
  readonly groupId: string;
}

/** Books origin and offset of each record. Its settles never reach the source, and so nothing is ever committed. */
function forgetful({ ledger, client, topic, groupId }: Field): Pipeline {
  const { database, schema } = ledger;
  const ownership = createOwnership({ database, schema, pipeline: groupId, outcomes: [{ table: "outcomes" }] });
  const source = createKafkaSource({ client, groupId, topic, ownership, sessionTimeoutMs: 6_000 });
  const bound = (name: string | symbol): unknown => (Reflect.get(source, name) as () => void).bind?.(source);
  return createPipeline({
    name: groupId,
    source: new Proxy(source, {
      get: (_, name) => (name === "settle" ? settle : name === "name" ? source.name : bound(name)),
    }),
    process: { handle: ({ data }) => done(data) },
    sink: createCheckpointSink<KafkaRecord>({
      name: "ledger",
      database,
      ownership,
      effect: (tx, batch) =>
        ledger.book(
          tx,
          batch.map(({ origin, offset }) => ({ key: origin.id, amount: offset })),
        ),
    }),
    batch: { size: 7, ageMs: 5, concurrency: 2 },
    deadLetters: new MemoryDeadLetters(),
  });
}
