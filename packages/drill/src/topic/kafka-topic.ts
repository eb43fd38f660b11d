import { asWeirError } from "@weir/core";
import { createKafkaAdmin, createKafkaProducer, type KafkaAdmin, type KafkaProducer } from "@weir/ingest/kafka";
import type { GroupMember, NewRecord, PartitionState, RunTopic } from "./run-topic.ts";
import type { TopicRecord } from "./topic.ts";

export interface KafkaTopicOptions {
  readonly brokers: readonly string[];
  readonly topic: string;
  readonly group: string;
  /** For so long records are sent again while no broker answers. */
  readonly standstillMs: number;
}

const resendDelayMs = 500;

/** The judge's own hands on Kafka. */
export class KafkaTopic implements RunTopic {
  readonly name: string;
  readonly group: string;
  readonly #standstillMs: number;
  readonly #admin: KafkaAdmin;
  readonly #producer: KafkaProducer;

  constructor({ brokers, topic, group, standstillMs }: KafkaTopicOptions) {
    this.name = topic;
    this.group = group;
    this.#standstillMs = standstillMs;
    const client = { brokers, clientId: "judge" };
    this.#admin = createKafkaAdmin({ client });
    this.#producer = createKafkaProducer({ client });
  }

  create(partitions: number): Promise<void> {
    return this.#admin.createTopic({ topic: this.name, partitions });
  }

  originOf(partition: number): string {
    return `${this.name}/${partition}`;
  }

  async send(records: readonly NewRecord[], signal: AbortSignal): Promise<void> {
    const startedMs = performance.now();
    for (;;) {
      try {
        return await this.#producer.send(this.name, records);
      } catch (thrown) {
        const error = asWeirError(thrown);
        const isLate = performance.now() - startedMs > this.#standstillMs;
        if (error.kind !== "dependency" || isLate || signal.aborted) throw error;
        await new Promise((resolve) => setTimeout(resolve, resendDelayMs));
      }
    }
  }

  async partitions(): Promise<PartitionState[]> {
    const [offsets, commits] = await Promise.all([
      this.#admin.topicOffsets(this.name),
      this.#admin.committedOffsets(this.group, this.name),
    ]);
    const committed = new Map(commits.map(({ partition, offset }) => [partition, offset ?? 0]));
    return offsets.map(({ partition, high }) => ({ partition, high, committed: committed.get(partition) ?? 0 }));
  }

  async members(): Promise<GroupMember[]> {
    const members = await this.#admin.groupMembers(this.group);
    return members.map(({ memberId, clientId, assigned }) => {
      return { id: memberId, worker: clientId, partitions: assigned.map(({ partition }) => partition) };
    });
  }

  readAll(): AsyncIterable<readonly TopicRecord[]> {
    return this.#admin.readAll(this.name);
  }

  async close(): Promise<void> {
    await this.#producer.close();
    try {
      await this.#admin.deleteTopic(this.name);
    } catch (thrown) {
      // A broker that is gone takes its topic with it; anything else must be seen.
      if (asWeirError(thrown).kind !== "dependency") throw thrown;
    } finally {
      await this.#admin.close();
    }
  }
}
