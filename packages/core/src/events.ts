import diagnosticsChannel from "node:diagnostics_channel";
import type { BatchTrigger } from "./sink.ts";

/** Everything that a pipeline tells about itself. Counts are increments, durations are milliseconds. */
export interface PipelineEvents {
  /** A pull answered with `count` messages. */
  pulled: { pipeline: string; source: string; count: number };
  /** A source threw messages away before they were pulled: its overload policy says so. */
  shed: { pipeline: string; source: string; reason: string; count: number };
  /** A batch was closed and waits to be written. */
  batched: { pipeline: string; key: string; count: number; trigger: BatchTrigger };
  /** A batch was written; `tries` counts calls of the sink, from 1. */
  written: { pipeline: string; key: string; count: number; durationMs: number; tries: number };
  /** Outcomes of one origin became durable. */
  settled: { pipeline: string; origin: string; epoch: number; count: number; watermark: number };
  /** Messages were set aside. */
  dead: { pipeline: string; origin: string; reason: string; count: number };
  /** A tenure ended: `count` messages in flight were given up, others will deliver them again. */
  lost: { pipeline: string; origin: string; epoch: number; count: number };
  /** A write was refused because another owner has claimed the origin: its tenure is over, with `count` messages in flight. */
  fenced: { pipeline: string; origin: string; epoch: number; fence: number; count: number };
  /** Messages that an earlier tenure had decided, settled without being handled again. */
  alreadyDecided: { pipeline: string; origin: string; count: number };
  /** A server became unreachable or reachable again: said once per change, with how long it was away. */
  dependency: { pipeline: string; what: string; state: "down" | "up"; reason: string; downMs: number };
  /** An origin's oldest message blocks it: its window is full. */
  stalled: { pipeline: string; origin: string; offset: number; window: number };
  /** A handler or a settle answered after its message had been given up. */
  late: { pipeline: string; origin: string; offset: number };
  /** The pipeline ended. */
  drained: { pipeline: string; pulled: number; settled: number; released: number; uncertain: number };
}

export type PipelineEventName = keyof PipelineEvents;

const channelOf = (name: PipelineEventName): diagnosticsChannel.Channel => diagnosticsChannel.channel(`weir:${name}`);

const channels: Record<PipelineEventName, diagnosticsChannel.Channel> = {
  pulled: channelOf("pulled"),
  shed: channelOf("shed"),
  batched: channelOf("batched"),
  written: channelOf("written"),
  settled: channelOf("settled"),
  dead: channelOf("dead"),
  lost: channelOf("lost"),
  fenced: channelOf("fenced"),
  alreadyDecided: channelOf("alreadyDecided"),
  dependency: channelOf("dependency"),
  stalled: channelOf("stalled"),
  late: channelOf("late"),
  drained: channelOf("drained"),
};

export const pipelineEventNames = Object.keys(channels) as readonly PipelineEventName[];

/** Is somebody listening? Asked first where making the event costs something. */
export function hasListeners(name: PipelineEventName): boolean {
  return channels[name].hasSubscribers;
}

export function publish<N extends PipelineEventName>(name: N, event: PipelineEvents[N]): void {
  const channel = channels[name];
  if (channel.hasSubscribers) channel.publish(event);
}

/** Calls `listener` for each event of this name, of all pipelines of the process. Answers with the way to stop. */
export function onEvent<N extends PipelineEventName>(
  name: N,
  listener: (event: PipelineEvents[N]) => void,
): () => void {
  const receive = (event: unknown): void => listener(event as PipelineEvents[N]);
  channels[name].subscribe(receive);
  return () => {
    channels[name].unsubscribe(receive);
  };
}
