import { createKafkaSource } from "@weir/ingest/kafka";
import { addressThrough } from "@weir/services/faults";
import type { DeliveredRun, TopicAccess } from "../topic/topic.ts";
import { watchDeliveries } from "../topic/watch-deliveries.ts";
import { topicDoors } from "./topic-doors.ts";
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

/** The topic on Kafka, as one worker's. */
export function kafkaAccess(options: KafkaAccessOptions): TopicAccess {
  const { worker, topic, group, place, onDelivered = () => {} } = options;
  const { brokers, routes, sessionTimeoutMs, commitIntervalMs, connectDeadlineMs } = place;
  return topicDoors(({ ownership } = {}) =>
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
