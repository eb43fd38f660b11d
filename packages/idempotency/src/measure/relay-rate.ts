/** How fast a relay is beside a bare producer: `DATABASE_URL=… KAFKA_BROKERS=… node src/measure/relay-rate.ts`. */
import { randomUUID } from "node:crypto";
import { createKafkaAdmin, createKafkaProducer } from "@weir/ingest/kafka";
import { createOutboxRelay } from "../outbox-relay.ts";
import { outboxMigrations } from "../outbox-table.ts";
import { createOutbox } from "../outbox.ts";
import { onIdempotencyEvent } from "../idempotency-events.ts";
import { createDatabase } from "@weir/postgres";
import { brokers, databaseUrl, inTurn, report, stopwatch, withSchema } from "./measured-server.ts";
import type { Took } from "./measured-server.ts";

const schema = "measure_relay";
const topic = "measure-relay";
const [messages, batchSize, aggregates] = [30_000, 500, 1_000];
const payload = JSON.stringify({ text: "x".repeat(189) });
const client = { brokers, clientId: "measure" };

const admin = createKafkaAdmin({ client });
const producer = createKafkaProducer({ client });
await admin.createTopic({ topic, partitions: 6 });
const aggregateOf = (i: number): string => `aggregate-${i % aggregates}`;

/** As a relay would send it: the headers are part of the work. */
function recordOf(i: number) {
  const [aggregate, number] = [aggregateOf(i), String(i)];
  const headers = { "weir-id": randomUUID(), "weir-aggregate": aggregate, "weir-number": number };
  return { key: aggregate, value: payload, headers };
}

async function bare(): Promise<void> {
  for (let from = 0; from < messages; from += batchSize) {
    const records = Array.from({ length: batchSize }, (_, i) => recordOf(from + i));
    await producer.send(topic, records);
  }
}

await withSchema(schema, outboxMigrations, async (database) => {
  const outbox = createOutbox({ database, schema });
  // Reads and marks run beside each other. Processor time is that of this process alone.
  const wide = createDatabase({ url: databaseUrl, poolMax: 3 });
  const relayed = async (): Promise<Took> => {
    for (let from = 0; from < messages; from += batchSize) {
      const part = Array.from({ length: batchSize }, (_, i) => ({ topic, aggregate: aggregateOf(from + i), payload }));
      await database.transaction((tx) => outbox.append(tx, part));
    }
    const relay = createOutboxRelay({ database: wide, schema, producer, leaseMs: 60_000 });
    const { promise: allSent, resolve } = Promise.withResolvers<void>();
    let left = messages;
    const stop = onIdempotencyEvent("relayed", ({ count }) => ((left -= count) === 0 ? resolve() : undefined));
    const took = await stopwatch(async () => {
      relay.start();
      await allSent;
    });
    stop();
    await relay.stop();
    await createOutbox({ database, schema, sentRetentionMs: 0 }).prune();
    return took;
  };
  const cases = { "bare producer": () => stopwatch(bare), relay: relayed };
  report("200 bytes a message, 500 a batch, 6 partitions", messages / 1_000, await inTurn(cases, 6));
  await wide.close();
});
await producer.close();
await admin.deleteTopic(topic);
await admin.close();
