import { createKafkaAdmin, createKafkaProducer } from "@weir/ingest/kafka";
import type { KafkaAdmin, KafkaClientOptions } from "@weir/ingest/kafka";
import { openServices } from "@weir/services";

/** Postgres and Kafka of this case's own: nobody else's work is measured along. */
export interface BenchServers {
  readonly databaseUrl: string;
  readonly client: KafkaClientOptions;
  readonly admin: KafkaAdmin;
}

const report = (line: string): void => void process.stderr.write(`${line}\n`);

export async function withServers<T>(work: (servers: BenchServers) => Promise<T>): Promise<T> {
  const services = await openServices({ want: ["postgres", "kafka"], own: true, report });
  try {
    const client = { brokers: [...(services.kafka?.brokers ?? [])], clientId: "bench" };
    const admin = createKafkaAdmin({ client });
    try {
      return await work({ databaseUrl: services.postgres?.url ?? "", client, admin });
    } finally {
      await admin.close();
    }
  } finally {
    await services.close();
  }
}

export interface Filling {
  readonly topic: string;
  readonly partitions: number;
  readonly records: number;
  readonly valueBytes: number;
}

const chunk = 5_000;

/** Makes the topic and fills its partitions in turn with orders as JSON, of exactly `valueBytes` each. */
export async function fillTopic({ client, admin }: BenchServers, filling: Filling): Promise<void> {
  const { topic, partitions, records, valueBytes } = filling;
  await admin.createTopic({ topic, partitions });
  const producer = createKafkaProducer({ client });
  for (let from = 0; from < records; from += chunk) {
    const count = Math.min(chunk, records - from);
    const part = Array.from({ length: count }, (_, i) => orderRecord(from + i, valueBytes));
    await producer.send(
      topic,
      part.map((record, i) => ({ ...record, partition: (from + i) % partitions })),
    );
  }
  await producer.close();
}

function orderRecord(number: number, valueBytes: number): { key: string; value: string } {
  const customer = `customer-${number % 10_000}`;
  const bare = JSON.stringify({ customer, totalCents: number, note: "" });
  return {
    key: customer,
    value: JSON.stringify({ customer, totalCents: number, note: "x".repeat(valueBytes - bare.length) }),
  };
}
