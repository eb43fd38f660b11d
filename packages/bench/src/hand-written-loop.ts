// What one writes without us: kafkajs's `eachBatch` and pg, bare. As quick as we could make it, and as right: a position is
// committed only after its rows are.
import kafkajs from "kafkajs";
import type { EachBatchPayload, KafkaMessage } from "kafkajs";
import { Pool } from "pg";
import type { Order } from "./orders-table.ts";

export interface LoopOptions {
  readonly brokers: readonly string[];
  readonly databaseUrl: string;
  readonly topic: string;
  readonly group: string;
  readonly records: number;
  readonly statement: string;
  readonly batchSize: number;
  /** Partitions whose batches are handled at once. */
  readonly partitionsAtOnce: number;
}

/** Answers with the ms from the first record in hand to the last row written. */
export async function runLoop(options: LoopOptions): Promise<number> {
  const { brokers, databaseUrl, topic, group, partitionsAtOnce } = options;
  const kafka = new kafkajs.Kafka({ brokers: [...brokers], clientId: "loop", logLevel: kafkajs.logLevel.NOTHING });
  const consumer = kafka.consumer({ groupId: group, maxWaitTimeInMs: 100 });
  const pool = new Pool({ connectionString: databaseUrl, max: partitionsAtOnce });
  const work = new LoopWork(pool, options);
  try {
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      partitionsConsumedConcurrently: partitionsAtOnce,
      eachBatchAutoResolve: false,
      autoCommitInterval: 200,
      eachBatch: (payload) => work.take(payload),
    });
    return await work.finished;
  } finally {
    await consumer.disconnect();
    await pool.end();
  }
}

class LoopWork {
  readonly finished: Promise<number>;
  readonly #pool: Pool;
  readonly #options: LoopOptions;
  readonly #finish: (tookMs: number) => void;
  readonly #fail: (error: unknown) => void;
  #startedMs = -1;
  #written = 0;

  constructor(pool: Pool, options: LoopOptions) {
    this.#pool = pool;
    this.#options = options;
    const { promise, resolve, reject } = Promise.withResolvers<number>();
    this.finished = promise;
    this.#finish = resolve;
    this.#fail = reject;
  }

  async take(payload: EachBatchPayload): Promise<void> {
    const { batch } = payload;
    if (this.#startedMs === -1) this.#startedMs = performance.now();
    const { batchSize, records } = this.#options;
    const origin = `${batch.topic}/${batch.partition}`;
    try {
      for (let from = 0; from < batch.messages.length; from += batchSize) {
        const part = batch.messages.slice(from, from + batchSize);
        await this.#write(origin, part);
        payload.resolveOffset((part.at(-1) as KafkaMessage).offset);
        await payload.commitOffsetsIfNecessary();
        await payload.heartbeat();
      }
    } catch (thrown) {
      this.#fail(thrown);
      throw thrown;
    }
    if (this.#written >= records) this.#finish(performance.now() - this.#startedMs);
  }

  async #write(origin: string, part: readonly KafkaMessage[]): Promise<void> {
    const columns: [string[], number[], string[], number[], string[]] = [[], [], [], [], []];
    for (const { offset, value } of part) {
      const order = JSON.parse(String(value)) as Order;
      columns[0].push(origin);
      columns[1].push(Number(offset));
      columns[2].push(order.customer);
      columns[3].push(order.totalCents);
      columns[4].push(order.note);
    }
    await this.#pool.query(this.#options.statement, columns);
    this.#written += part.length;
  }
}
