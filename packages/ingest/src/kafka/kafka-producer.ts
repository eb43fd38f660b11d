import { WeirError } from "@weir/core";
import { refuseFaults } from "@weir/core/options";
import kafkajs from "kafkajs";
import type { ICustomPartitioner, Message, Producer } from "kafkajs";
import { clientFaults, openKafka, retryPace, type KafkaClientOptions, type OpenKafka } from "./kafka-client.ts";
import { kafkaError, kafkaErrors } from "./kafka-errors.ts";
import type { KafkaHeaders } from "./kafka-record.ts";

export interface KafkaProducerOptions {
  readonly client: KafkaClientOptions;
}

export interface ProducerRecord {
  /** Equal keys go to the same partition. Default `null`: no key, any partition. */
  readonly key?: Buffer | string | null;
  readonly value: Buffer | string | null;
  readonly headers?: KafkaHeaders;
  /** Default: by the key. */
  readonly partition?: number;
  /** Milliseconds since the Unix epoch. Default: now. */
  readonly timestampMs?: number;
}

export interface KafkaProducer {
  /**
   * Resolves when all replicas in sync have all records. Calls follow each other, and records of one partition keep their
   * order. Rejects with `WeirError`; `definite: false`: some or all of the records may be in the topic nevertheless.
   */
  send(topic: string, records: readonly ProducerRecord[]): Promise<void>;
  /** Waits for what is being sent. */
  close(): Promise<void>;
}

/** Throws `invalid-options`. Connects at the first send. */
export function createKafkaProducer(options: KafkaProducerOptions): KafkaProducer {
  refuseFaults(clientFaults(options.client));
  return new SteadyProducer(options.client);
}

/** kafkajs sorts records into partitions in quadratic time. */
const partMax = 1_000;
const retries = 5;

interface Connected {
  readonly open: OpenKafka;
  readonly producer: Producer;
}

class SteadyProducer implements KafkaProducer {
  readonly #client: KafkaClientOptions;
  #connected: Connected | null = null;
  #last: Promise<void> = Promise.resolve();
  #isClosed = false;

  constructor(client: KafkaClientOptions) {
    this.#client = client;
  }

  send(topic: string, records: readonly ProducerRecord[]): Promise<void> {
    if (this.#isClosed) return Promise.reject(kafkaErrors.closed("this producer"));
    const messages = records.map(toKafkaMessage);
    const sent = this.#last.then(() => this.#sendAll(topic, messages));
    this.#last = sent.catch(() => undefined);
    return sent;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
    await this.#connected?.producer.disconnect().catch(() => undefined);
    this.#drop();
  }

  async #sendAll(topic: string, messages: Message[]): Promise<void> {
    let isSent = false;
    try {
      for (let start = 0; start < messages.length; start += partMax) {
        const { producer } = await this.#connect();
        isSent = true;
        await producer.send({ topic, acks: -1, messages: messages.slice(start, start + partMax) });
      }
    } catch (thrown) {
      // Its next records would get the sequence numbers of these. If only the answer to these was lost, the broker would
      // take the next ones for a repetition, say yes, and not write them. A new producer has an identity of its own.
      this.#drop();
      const { code, message, kind, cause } = kafkaError(thrown);
      const isRefused = kind === "programming" || (kind === "row" && messages.length === 1);
      throw new WeirError(code, message, { kind, cause, definite: !isSent || isRefused });
    }
  }

  async #connect(): Promise<Connected> {
    if (this.#connected !== null) return this.#connected;
    const open = openKafka(this.#client, { retries });
    const producer = open.kafka.producer({
      idempotent: true,
      allowAutoTopicCreation: false,
      createPartitioner: steadyPartitioner,
      retry: { ...retryPace, retries },
    });
    this.#connected = { open, producer };
    await producer.connect();
    return this.#connected;
  }

  #drop(): void {
    this.#connected?.open.cut();
    this.#connected = null;
  }
}

/**
 * Remembers its choice for each record: the client asks again with each try, and a record without a key would go to another
 * partition, where the broker cannot know that it is a repetition.
 */
const steadyPartitioner: ICustomPartitioner = () => {
  const choose = kafkajs.Partitioners.DefaultPartitioner();
  const chosen = new WeakMap<Message, number>();
  return (args) => {
    let partition = chosen.get(args.message);
    if (partition === undefined) chosen.set(args.message, (partition = choose(args)));
    return partition;
  };
};

function toKafkaMessage({ key, value, headers, partition, timestampMs }: ProducerRecord): Message {
  return {
    key: key ?? null,
    value,
    ...(headers !== undefined && { headers: { ...headers } }),
    ...(partition !== undefined && { partition }),
    ...(timestampMs !== undefined && { timestamp: String(timestampMs) }),
  };
}
