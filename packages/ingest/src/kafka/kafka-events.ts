import diagnosticsChannel from "node:diagnostics_channel";

/** Everything that a Kafka source tells about itself. Origins are `topic/partition`; `source` is its name. */
export interface KafkaEvents {
  /** The group was divided: what this member got, kept and lost. A kept partition goes on in its tenure. */
  joined: {
    source: string;
    group: string;
    member: string;
    epoch: number;
    gained: readonly string[];
    retained: readonly string[];
    lost: readonly string[];
  };
  /** The broker confirmed these positions. */
  committed: { source: string; group: string; offsets: readonly { origin: string; offset: number }[] };
  /** The partition was claimed: from here on its messages are handed out, and written under this fence. */
  claimed: {
    source: string;
    origin: string;
    epoch: number;
    fence: number;
    decided: number;
    position: number | null;
    tries: number;
  };
  /** A claim failed and is tried again; said once per tenure. Nothing of the partition is handed out meanwhile. */
  claimDelayed: { source: string; origin: string; reason: string };
  /** Offsets are missing between what was expected and what came: retention, compaction, or a transaction's markers. */
  gap: { source: string; origin: string; expected: number; found: number };
  /** The log ends before our next offset: truncated, or the topic made anew. A new tenure starts where the log is now. */
  truncated: { source: string; origin: string; expected: number; logEnd: number };
  /** Kafka does not answer any more: said once, until `up`. */
  down: { source: string; reason: string };
  up: { source: string; downMs: number };
  /** The consumer was given up and a new one is on its way: all partitions are lost. */
  restarted: { source: string; reason: string };
}

export type KafkaEventName = keyof KafkaEvents;

const channelOf = (name: KafkaEventName): diagnosticsChannel.Channel =>
  diagnosticsChannel.channel(`weir:kafka.${name}`);

const channels: Record<KafkaEventName, diagnosticsChannel.Channel> = {
  joined: channelOf("joined"),
  committed: channelOf("committed"),
  claimed: channelOf("claimed"),
  claimDelayed: channelOf("claimDelayed"),
  gap: channelOf("gap"),
  truncated: channelOf("truncated"),
  down: channelOf("down"),
  up: channelOf("up"),
  restarted: channelOf("restarted"),
};

export function publishKafka<N extends KafkaEventName>(name: N, event: KafkaEvents[N]): void {
  const channel = channels[name];
  if (channel.hasSubscribers) channel.publish(event);
}

/** Calls `listener` for each event of this name, of all Kafka sources of the process. Answers with the way to stop. */
export function onKafkaEvent<N extends KafkaEventName>(name: N, listener: (event: KafkaEvents[N]) => void): () => void {
  const receive = (event: unknown): void => listener(event as KafkaEvents[N]);
  channels[name].subscribe(receive);
  return () => {
    channels[name].unsubscribe(receive);
  };
}
