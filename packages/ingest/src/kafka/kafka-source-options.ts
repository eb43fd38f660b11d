import { systemClock } from "@weir/core";
import { checkNumbers, refuseFaults } from "@weir/core/options";
import type { Clock, Ownership } from "@weir/core";
import type { NumberOptions } from "@weir/core/options";
import { clientFaults, type KafkaClientOptions } from "./kafka-client.ts";

export interface KafkaSourceOptions {
  readonly client: KafkaClientOptions;
  readonly groupId: string;
  /** One of the two: a topic, or several. */
  readonly topic?: string;
  readonly topics?: readonly string[];
  /** How the source is called in events. Default: `kafka` and the topics. */
  readonly name?: string;
  readonly bufferedMax?: number;
  readonly bufferedBytesMax?: number;
  readonly sessionTimeoutMs?: number;
  /** Default: a third of the session timeout. */
  readonly heartbeatIntervalMs?: number;
  readonly rebalanceTimeoutMs?: number;
  readonly commitIntervalMs?: number;
  readonly connectDeadlineMs?: number;
  readonly clock?: Clock;
  /** Who may write for a partition: each is claimed before its first message is handed out. Give it to the sink and the dead letters too. */
  readonly ownership?: Ownership;
}

export const sourceNumbers = {
  bufferedMax: {
    meaning: "records of one partition that wait to be pulled; at this number its fetching pauses, at half it goes on",
    unit: "records",
    min: 1,
    max: 1_000_000,
    default: 2_000,
    tooLow: "a fetch per few records",
    tooHigh: "more in memory, and held back from other consumers",
  },
  bufferedBytesMax: {
    meaning: "the same, in bytes of values; one fetch (256 KiB) may come on top",
    unit: "bytes",
    min: 1,
    max: 1_073_741_824,
    default: 1_048_576,
    tooLow: "a fetch per few records",
    tooHigh: "more in memory",
  },
  sessionTimeoutMs: {
    meaning: "how long without a heartbeat until the group gives our partitions to others",
    unit: "ms",
    min: 100,
    max: 1_800_000,
    default: 10_000,
    tooLow: "a busy event loop is taken for a dead process, and everything is delivered again",
    tooHigh: "the partitions of a dead process stand still for that long",
  },
  heartbeatIntervalMs: {
    meaning: "pause between two heartbeats",
    unit: "ms",
    min: 10,
    max: 600_000,
    default: undefined,
    tooLow: "more requests",
    tooHigh: "a rebalance is noticed late; above a third of the session timeout few may get lost",
  },
  rebalanceTimeoutMs: {
    meaning: "how long the group waits for a living member to join again",
    unit: "ms",
    min: 100,
    max: 1_800_000,
    default: 30_000,
    tooLow: "a slow member is left out of the new division",
    tooHigh: "a member that hangs holds up all others",
  },
  commitIntervalMs: {
    meaning: "pause between two commits",
    unit: "ms",
    min: 0,
    max: 600_000,
    default: 200,
    tooLow: "a commit per settlement",
    tooHigh: "more is delivered again after a crash, and windows stay full for longer",
  },
  connectDeadlineMs: {
    meaning: "how long the start tries to reach Kafka",
    unit: "ms",
    min: 0,
    max: 86_400_000,
    default: 30_000,
    tooLow: "a service that starts before its brokers fails",
    tooHigh: "a wrong address is reported late",
  },
} as const satisfies NumberOptions;

export interface KafkaSourceSettings {
  readonly client: KafkaClientOptions;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly name: string;
  readonly clock: Clock;
  readonly ownership: Ownership | undefined;
  readonly bufferedMax: number;
  readonly bufferedBytesMax: number;
  readonly sessionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  readonly rebalanceTimeoutMs: number;
  readonly commitIntervalMs: number;
  readonly connectDeadlineMs: number;
}

/** Throws `invalid-options` with all faults at once. */
export function readSourceOptions(options: KafkaSourceOptions): KafkaSourceSettings {
  const faults = [...clientFaults(options.client), ...sourceFaults(options)];
  const sessionTimeoutMs = options.sessionTimeoutMs ?? sourceNumbers.sessionTimeoutMs.default;
  const heartbeatIntervalMs = options.heartbeatIntervalMs ?? Math.max(10, Math.floor(sessionTimeoutMs / 3));
  if (heartbeatIntervalMs >= sessionTimeoutMs) {
    faults.push(
      `heartbeatIntervalMs: expected less than sessionTimeoutMs (${sessionTimeoutMs}), given ${heartbeatIntervalMs}`,
    );
  }
  refuseFaults(faults);
  const topics = options.topics ?? [options.topic as string];
  return {
    client: options.client,
    groupId: options.groupId,
    topics,
    name: options.name ?? `kafka ${topics.join(" ")}`,
    clock: options.clock ?? systemClock,
    ownership: options.ownership,
    bufferedMax: options.bufferedMax ?? sourceNumbers.bufferedMax.default,
    bufferedBytesMax: options.bufferedBytesMax ?? sourceNumbers.bufferedBytesMax.default,
    sessionTimeoutMs,
    heartbeatIntervalMs,
    rebalanceTimeoutMs: options.rebalanceTimeoutMs ?? sourceNumbers.rebalanceTimeoutMs.default,
    commitIntervalMs: options.commitIntervalMs ?? sourceNumbers.commitIntervalMs.default,
    connectDeadlineMs: options.connectDeadlineMs ?? sourceNumbers.connectDeadlineMs.default,
  };
}

const others = ["client", "groupId", "topic", "topics", "name", "clock", "ownership"];

function sourceFaults(options: KafkaSourceOptions): string[] {
  const faults = checkNumbers(sourceNumbers, options, { others });
  const { groupId, topic, topics, name, ownership } = options;
  if (typeof groupId !== "string" || groupId === "") faults.push("groupId: expected a name");
  if (name !== undefined && (typeof name !== "string" || name === "")) faults.push("name: expected a text");
  if (ownership !== undefined && typeof ownership.claim !== "function") faults.push("ownership: expected an Ownership");
  if ((topic === undefined) === (topics === undefined)) {
    faults.push("topic: expected either topic or topics");
    return faults;
  }
  if (topics !== undefined && (!Array.isArray(topics) || topics.length === 0)) {
    faults.push("topics: expected at least one topic");
    return faults;
  }
  for (const each of topics ?? [topic]) if (!isTopic(each)) faults.push(topicFault(each));
  return faults;
}

export function isTopic(topic: unknown): boolean {
  return typeof topic === "string" && /^[a-zA-Z0-9._-]{1,249}$/.test(topic) && topic !== "." && topic !== "..";
}

export function topicFault(topic: unknown): string {
  return `topic: expected 1 to 249 of the characters a-z A-Z 0-9 . _ -, given ${JSON.stringify(topic)}`;
}
