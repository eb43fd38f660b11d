import diagnosticsChannel from "node:diagnostics_channel";

/** A queue's alarm was raised or cleared: once each. */
export interface QueueAlarm {
  readonly queue: string;
  readonly state: "raised" | "cleared";
  readonly depth: number;
  readonly highWater: number;
  /** How long the queue has been above its low water since it came to its high water. */
  readonly lastedMs: number;
}

const channel = diagnosticsChannel.channel("weir:queueAlarm");

export function publishAlarm(alarm: QueueAlarm): void {
  if (channel.hasSubscribers) channel.publish(alarm);
}

/** Calls `listener` for every alarm of the process. Answers with the way to stop. */
export function onQueueAlarm(listener: (alarm: QueueAlarm) => void): () => void {
  const receive = (alarm: unknown): void => listener(alarm as QueueAlarm);
  channel.subscribe(receive);
  return () => {
    channel.unsubscribe(receive);
  };
}
