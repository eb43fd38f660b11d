import { freshName, liveServices } from "@weir/services/testing";
import type { Message, Source } from "@weir/core";
import { createKafkaAdmin, type KafkaAdmin } from "./kafka-admin.ts";
import type { KafkaClientOptions } from "./kafka-client.ts";
import { onKafkaEvent, type KafkaEventName, type KafkaEvents } from "./kafka-events.ts";
import { createKafkaProducer, type KafkaProducer } from "./kafka-producer.ts";
import type { KafkaRecord } from "./kafka-record.ts";
import type { KafkaSourceOptions } from "./kafka-source-options.ts";

/** For live tests: a topic and a group of the test's own, on the real broker. */
export class LiveTopic {
  readonly name = freshName("topic");
  readonly group = freshName("group");
  readonly client: KafkaClientOptions = { brokers: liveServices().brokers, clientId: "test" };
  readonly admin: KafkaAdmin = createKafkaAdmin({ client: this.client });
  readonly producer: KafkaProducer = createKafkaProducer({ client: this.client });
  readonly partitions: number;
  #sent = 0;

  private constructor(partitions: number) {
    this.partitions = partitions;
  }

  static async create(partitions: number): Promise<LiveTopic> {
    const topic = new LiveTopic(partitions);
    await topic.make();
    return topic;
  }

  make(): Promise<void> {
    return this.admin.createTopic({ topic: this.name, partitions: this.partitions });
  }

  /** Quick to notice and to commit, so that tests need not wait. */
  options(more: Partial<KafkaSourceOptions> = {}): KafkaSourceOptions {
    return {
      client: this.client,
      groupId: this.group,
      topic: this.name,
      sessionTimeoutMs: 3_000,
      heartbeatIntervalMs: 200,
      rebalanceTimeoutMs: 5_000,
      commitIntervalMs: 20,
      connectDeadlineMs: 15_000,
      ...more,
    };
  }

  /** `perPartition` records to each partition; the values count up over the topic, and are padded to `bytes`. */
  async fill(perPartition: number, bytes = 0): Promise<void> {
    const records = Array.from({ length: perPartition * this.partitions }, (_, i) => {
      this.#sent += 1;
      return { key: `key-${i}`, value: `value-${this.#sent}`.padEnd(bytes), partition: i % this.partitions };
    });
    await this.producer.send(this.name, records);
  }

  async committed(): Promise<(number | null)[]> {
    return (await this.admin.committedOffsets(this.group, this.name)).map(({ offset }) => offset);
  }

  async drop(): Promise<void> {
    await this.producer.close();
    await this.admin.deleteTopic(this.name).catch(() => undefined);
    await this.admin.close();
  }
}

/** At most `max` messages; fails if the source has ended, where a loop would go round for ever. */
export async function pullSome(source: Source<KafkaRecord>, max: number): Promise<readonly Message<KafkaRecord>[]> {
  const messages = await source.pull(max, new AbortController().signal);
  if (messages === null) throw new Error(`${source.name} has ended`);
  return messages;
}

/** Resolves with the next event of this name that `matches`. */
export function nextEvent<N extends KafkaEventName>(
  name: N,
  matches: (event: KafkaEvents[N]) => boolean = () => true,
): Promise<KafkaEvents[N]> {
  return new Promise((resolve) => {
    const stop = onKafkaEvent(name, (event) => {
      if (!matches(event)) return;
      stop();
      resolve(event);
    });
  });
}

/** Asks again until the answer is true; the test's own timeout ends it. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}
