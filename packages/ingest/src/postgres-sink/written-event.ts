import diagnosticsChannel from "node:diagnostics_channel";

/** One statement of a sink was committed. */
export interface SinkWritten {
  readonly sink: string;
  /** Rows that are new. */
  readonly inserted: number;
  /** Rows whose origin was there already: delivered again, or written by a statement whose answer was lost. */
  readonly duplicates: number;
}

const channel = diagnosticsChannel.channel("weir:postgres-sink.written");

export function publishWritten(event: SinkWritten): void {
  if (channel.hasSubscribers) channel.publish(event);
}

/** Calls `listener` for each statement of all Postgres sinks of the process. Answers with the way to stop. */
export function onSinkWritten(listener: (event: SinkWritten) => void): () => void {
  const receive = (event: unknown): void => listener(event as SinkWritten);
  channel.subscribe(receive);
  return () => {
    channel.unsubscribe(receive);
  };
}
