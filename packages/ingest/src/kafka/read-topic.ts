import type { Batch, Consumer } from "kafkajs";
import { openKafka, retryPace, type KafkaClientOptions, type OpenKafka } from "./kafka-client.ts";
import { kafkaError, kafkaErrors } from "./kafka-errors.ts";
import { toRecord, type KafkaRecord } from "./kafka-record.ts";

export interface ReadTopicOptions {
  /** How long to wait for records that should be there. Default 30 s. */
  readonly standstillMs?: number;
}

/**
 * Every record of a topic up to where its log ends at the call, in chunks of one partition. No other group notices: the
 * client can read only as a member of one, so this is a group of its own, which commits nothing and is deleted at the end.
 * It shares no code with the source, so that it can judge it. Memory: one fetch.
 */
export async function* readTopic(
  client: KafkaClientOptions,
  topic: string,
  { standstillMs = 30_000 }: ReadTopicOptions = {},
): AsyncGenerator<readonly KafkaRecord[], void> {
  const open = openKafka(client, { retries: 5 });
  const groupId = `weir-read-${crypto.randomUUID()}`;
  const relay = new Relay<readonly KafkaRecord[]>();
  let consumer: Consumer | null = null;
  try {
    const reading = await findEnds(open, topic);
    if (reading.isComplete) return;
    consumer = open.kafka.consumer({ groupId, retry: { ...retryPace, retries: 5 }, maxWaitTimeInMs: 100 });
    await runReader(consumer, reading, relay);
    while (!reading.isComplete) {
      const records = await relay.take(standstillMs);
      if (records === null) throw kafkaErrors.readStalled(topic, standstillMs);
      if (records.length > 0) yield records;
    }
  } catch (thrown) {
    throw kafkaError(thrown);
  } finally {
    relay.close();
    await consumer?.disconnect().catch(() => undefined);
    await deleteGroup(open, groupId);
    open.cut();
  }
}

/** Where each partition is and where it has to get. */
class Reading {
  readonly topic: string;
  readonly #next = new Map<number, number>();
  readonly #ends: ReadonlyMap<number, number>;

  constructor(topic: string, ends: ReadonlyMap<number, number>) {
    this.topic = topic;
    this.#ends = ends;
  }

  get isComplete(): boolean {
    return [...this.#ends].every(([partition, end]) => (this.#next.get(partition) ?? 0) >= end);
  }

  /** What is new of it, and not beyond the end. A batch comes again after a rebalance. */
  take(batch: Batch): KafkaRecord[] {
    const next = this.#next.get(batch.partition) ?? 0;
    const end = this.#ends.get(batch.partition) ?? 0;
    const records = batch.messages.map((message) => toRecord(batch, message));
    return records.filter(({ offset }) => offset >= next && offset < end);
  }

  reached(partition: number, next: number): void {
    this.#next.set(partition, Math.max(next, this.#next.get(partition) ?? 0));
  }
}

async function findEnds({ kafka }: OpenKafka, topic: string): Promise<Reading> {
  const admin = kafka.admin();
  await admin.connect();
  const offsets = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const filled = offsets.filter(({ low, high }) => Number(high) > Number(low));
  return new Reading(topic, new Map(filled.map(({ partition, high }) => [partition, Number(high)])));
}

async function runReader(consumer: Consumer, reading: Reading, relay: Relay<readonly KafkaRecord[]>): Promise<void> {
  await consumer.connect();
  await consumer.subscribe({ topic: reading.topic, fromBeginning: true });
  consumer.on(consumer.events.CRASH, ({ payload }) => relay.fail(payload.error));
  // Told for batches too in which there is nothing but a transaction's markers.
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload: { partition, lastOffset } }) => {
    reading.reached(partition, Number(lastOffset) + 1);
    relay.nudge([]);
  });
  await consumer.run({ autoCommit: false, eachBatch: ({ batch }) => relay.put(reading.take(batch)) });
}

async function deleteGroup({ kafka }: OpenKafka, groupId: string): Promise<void> {
  const admin = kafka.admin({ retry: { retries: 1 } });
  try {
    await admin.connect();
    await admin.deleteGroups([groupId]);
    await admin.disconnect();
  } catch {
    // An empty group without offsets: the broker forgets it by itself.
  }
}

/** Hands one value at a time from a pushing to a pulling side; the pushing side waits until its value is taken. */
class Relay<T> {
  #offered: { readonly value: T; readonly taken: () => void } | null = null;
  #waiting: ((value: T) => void) | null = null;
  #failure: Error | null = null;
  #onFailure: ((error: Error) => void) | null = null;
  #isClosed = false;

  put(value: T): Promise<void> {
    if (this.#isClosed) return Promise.resolve();
    if (this.#waiting !== null) {
      this.#waiting(value);
      return Promise.resolve();
    }
    return new Promise((taken) => (this.#offered = { value, taken }));
  }

  /** Lets a waiting side look again. */
  nudge(value: T): void {
    this.#waiting?.(value);
  }

  fail(error: Error): void {
    this.#failure = error;
    this.#onFailure?.(error);
  }

  /** `null`: nothing came in time. */
  take(deadlineMs: number): Promise<T | null> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    const offered = this.#offered;
    if (offered !== null) {
      this.#offered = null;
      offered.taken();
      return Promise.resolve(offered.value);
    }
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(() => resolve(null), timer), deadlineMs);
      this.#waiting = (value) => this.#settle(() => resolve(value), timer);
      this.#onFailure = (error) => this.#settle(() => reject(error), timer);
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#offered?.taken();
    this.#offered = null;
  }

  #settle(answer: () => void, timer: NodeJS.Timeout): void {
    clearTimeout(timer);
    this.#waiting = null;
    this.#onFailure = null;
    answer();
  }
}
