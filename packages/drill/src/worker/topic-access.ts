import type { Source } from "@weir/core";
import { createKafkaSource } from "@weir/ingest/kafka";
import { addressThrough } from "@weir/services/faults";
import type { FromMember, ToMember } from "../topic/member-messages.ts";
import { RemoteSource } from "../topic/remote-source.ts";
import { openTopicReader } from "../topic/topic-reader.ts";
import type { DeliveredRun, SourceOptions, TopicAccess, TopicRecord } from "../topic/topic.ts";
import { watchDeliveries } from "../topic/watch-deliveries.ts";
import type { TopicPlace } from "./worker-messages.ts";

export interface KafkaAccessOptions {
  /** Names the worker in the group: its client id. */
  readonly worker: string;
  readonly topic: string;
  readonly group: string;
  readonly place: Extract<TopicPlace, { kind: "kafka" }>;
  /** Told before the first message of them is handed on. */
  readonly onDelivered?: (runs: readonly DeliveredRun[]) => void;
}

const doors = (openSource: (options?: SourceOptions) => Source<TopicRecord>): TopicAccess => ({
  openSource,
  openReader: () => openTopicReader(openSource()),
});

/** The topic on Kafka, as one worker's. */
export function kafkaAccess(options: KafkaAccessOptions): TopicAccess {
  const { worker, topic, group, place, onDelivered = () => {} } = options;
  const { brokers, routes, sessionTimeoutMs, commitIntervalMs, connectDeadlineMs } = place;
  return doors(({ ownership } = {}) =>
    watchDeliveries(
      createKafkaSource({
        client: { brokers, clientId: worker, ...(routes && { addressOf: addressThrough(routes) }) },
        groupId: group,
        topics: [topic],
        sessionTimeoutMs,
        commitIntervalMs,
        connectDeadlineMs,
        ...(ownership && { ownership }),
      }),
      onDelivered,
    ),
  );
}

/** The topic in the judge's process; it sees itself what it hands out. */
export function memoryAccess(send: (message: FromMember) => void): {
  readonly access: TopicAccess;
  readonly hear: (message: ToMember) => void;
} {
  const members: RemoteSource[] = [];
  const open = ({ ownership }: SourceOptions = {}): RemoteSource => {
    const source = new RemoteSource({ member: members.length, send, ownership });
    members.push(source);
    return source;
  };
  return { access: doors(open), hear: (message) => members[message.member]?.hear(message) };
}
