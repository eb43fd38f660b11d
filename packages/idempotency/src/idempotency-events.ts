import diagnosticsChannel from "node:diagnostics_channel";

/** What happens at the boundaries of effects. Counts are increments, durations are milliseconds. */
export interface IdempotencyEvents {
  /** A batch of a sink was committed: so many effects, repetitions without one, dead ones, and ones of a lost tenure. */
  admitted: { sink: string; effects: number; duplicates: number; refused: number; fenced: number };
  /** Messages of an outbox arrived in Kafka and were marked as sent. */
  relayed: { relay: string; count: number };
  /** Kafka refuses a message for good: it was set aside, with the error's code. */
  setAside: { relay: string; id: string; aggregate: string; number: number; reason: string };
  /** This relay took the lease over, or found that another one has. */
  lease: { relay: string; state: "taken" | "lost"; fence: number };
  /** The relay cannot reach Postgres or Kafka and tries again: said for each failure in a row. */
  relayDelayed: { relay: string; reason: string; tries: number };
  /** Numbers of an aggregate are missing in what a consumer received. */
  gap: { consumer: string; aggregate: string; expected: number; found: number };
}

export type IdempotencyEventName = keyof IdempotencyEvents;

const channelOf = (name: IdempotencyEventName): diagnosticsChannel.Channel =>
  diagnosticsChannel.channel(`weir:idempotency.${name}`);

const channels: Record<IdempotencyEventName, diagnosticsChannel.Channel> = {
  admitted: channelOf("admitted"),
  relayed: channelOf("relayed"),
  setAside: channelOf("setAside"),
  lease: channelOf("lease"),
  relayDelayed: channelOf("relayDelayed"),
  gap: channelOf("gap"),
};

export const idempotencyEventNames = Object.keys(channels) as readonly IdempotencyEventName[];

export function publishIdempotency<N extends IdempotencyEventName>(name: N, event: IdempotencyEvents[N]): void {
  const channel = channels[name];
  if (channel.hasSubscribers) channel.publish(event);
}

/** Calls `listener` for each event of this name in the process. Answers with the way to stop. */
export function onIdempotencyEvent<N extends IdempotencyEventName>(
  name: N,
  listener: (event: IdempotencyEvents[N]) => void,
): () => void {
  const receive = (event: unknown): void => listener(event as IdempotencyEvents[N]);
  channels[name].subscribe(receive);
  return () => {
    channels[name].unsubscribe(receive);
  };
}
