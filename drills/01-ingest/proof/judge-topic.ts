import { asWeirError } from "@weir/core";
import { createKafkaAdmin, createKafkaProducer, type KafkaAdmin, type KafkaProducer } from "@weir/ingest/kafka";
import { spec } from "../spec.ts";
import type { Evidence, SampleRecord } from "./facts.ts";
import type { StreamMessage } from "./stream.ts";

export interface PartitionState {
  readonly partition: number;
  readonly high: number;
  /** 0 before the first commit. */
  readonly committed: number;
}

export interface JudgeTopicOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly group: string;
}

const resendDelayMs = 500;

/** The judge's own hands on Kafka: makes the topic, fills it, and watches topic and group from outside. */
export class JudgeTopic {
  readonly #topic: string;
  readonly #group: string;
  readonly #admin: KafkaAdmin;
  readonly #producer: KafkaProducer;

  constructor({ brokers, topic, group }: JudgeTopicOptions) {
    this.#topic = topic;
    this.#group = group;
    const client = { brokers, clientId: "judge" };
    this.#admin = createKafkaAdmin({ client });
    this.#producer = createKafkaProducer({ client });
  }

  create(partitions: number): Promise<void> {
    return this.#admin.createTopic({ topic: this.#topic, partitions });
  }

  originOf(partition: number): string {
    return `${this.#topic}/${partition}`;
  }

  /**
   * Resolves when Kafka has acknowledged all of them. While no broker answers it sends again, up to the standstill time:
   * a part whose answer was lost may then be in the topic twice, which the judge sees when it reads the topic.
   */
  async send(messages: readonly StreamMessage[], signal: AbortSignal): Promise<void> {
    const records = messages.map(({ n, key, value }) => ({ key, value, headers: { n: String(n) } }));
    const startedMs = performance.now();
    for (;;) {
      try {
        return await this.#producer.send(this.#topic, records);
      } catch (thrown) {
        const error = asWeirError(thrown);
        const isLate = performance.now() - startedMs > spec.standstillMs;
        if (error.kind !== "dependency" || isLate || signal.aborted) throw error;
        await new Promise((resolve) => setTimeout(resolve, resendDelayMs));
      }
    }
  }

  async partitions(): Promise<PartitionState[]> {
    const [offsets, commits] = await Promise.all([
      this.#admin.topicOffsets(this.#topic),
      this.#admin.committedOffsets(this.#group, this.#topic),
    ]);
    const committed = new Map(commits.map(({ partition, offset }) => [partition, offset ?? 0]));
    return offsets.map(({ partition, high }) => ({ partition, high, committed: committed.get(partition) ?? 0 }));
  }

  async members(): Promise<SampleRecord["members"]> {
    const members = await this.#admin.groupMembers(this.#group);
    return members.map(({ memberId, clientId, assigned }) => {
      return { id: memberId, worker: clientId, partitions: assigned.map(({ partition }) => partition) };
    });
  }

  /** Everything that is in the topic, as evidence. */
  async *readAll(): AsyncGenerator<Extract<Evidence, { kind: "topic" }>> {
    for await (const records of this.#admin.readAll(this.#topic)) {
      const places = records.map(({ partition, offset, headers }): [number, number, number] => {
        return [partition, offset, Number(String(headers["n"]))];
      });
      yield { kind: "topic", records: places };
    }
  }

  /** Removes the topic and ends the connections. */
  async close(): Promise<void> {
    await this.#producer.close();
    try {
      await this.#admin.deleteTopic(this.#topic);
    } catch (thrown) {
      // A broker that is gone takes its topic with it; anything else must be seen.
      if (asWeirError(thrown).kind !== "dependency") throw thrown;
    } finally {
      await this.#admin.close();
    }
  }
}
