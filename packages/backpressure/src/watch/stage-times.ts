import { systemClock, type CancelTimer, type Clock, type Pipeline, type Topology } from "@weir/core";
import { checkNumbers, refuseFaults } from "@weir/core/options";
import { gaugeNumbers } from "../option-rows.ts";
import { satedFrom } from "./queue.ts";
import type { RateLimit } from "../rate/rate-limit.ts";

/**
 * What a pipeline waits for. `source`: there is no more to pull. `limiter`: permits. `handler`, `sink`: they have as much as
 * they may. `settle`: every origin's window is full. `paused`: by its owner, or it does not run.
 */
export type WaitsFor = "source" | "limiter" | "handler" | "sink" | "settle" | "paused";

export interface StageStates {
  /** `demand`: it may not pull, because the stages behind it are full. */
  readonly producer: "source" | "limiter" | "demand" | "settle" | "paused";
  /** `sink`: they hold processed messages that the batcher has no room for. */
  readonly processors: "idle" | "handler" | "sink";
  /** `sink`: as many batches are being written as may be. Without a sink always idle. */
  readonly batcher: "idle" | "filling" | "sink";
}

/** What each stage does, from a pipeline's description; `limitWaits`: does somebody wait for permits in front of it? */
export function stageStates(topology: Topology, limitWaits: boolean): StageStates {
  const { processors, batcher, origins, state } = topology;
  const isBatcherFull = batcher !== undefined && batcher.inside >= batcher.capacity;
  const isWriting = batcher !== undefined && batcher.writing >= batcher.concurrency;
  const hasDemand = processors.inside < satedFrom(processors);
  const producer = (): StageStates["producer"] => {
    if (state !== "running") return "paused";
    if (origins.length > 0 && origins.every(({ isPaused }) => isPaused)) return "settle";
    if (!hasDemand) return "demand";
    return limitWaits ? "limiter" : "source";
  };
  const busy = isBatcherFull ? "sink" : "handler";
  const filling = batcher !== undefined && batcher.inside > 0 ? "filling" : "idle";
  return {
    producer: producer(),
    processors: processors.inside === 0 ? "idle" : busy,
    batcher: isWriting ? "sink" : filling,
  };
}

/** Where is it blocked? One word. */
export function waitsFor({ producer, processors }: StageStates): WaitsFor {
  if (producer !== "demand") return producer;
  return processors === "sink" ? "sink" : "handler";
}

export interface StageTimesOptions {
  readonly pipeline: Pipeline;
  /** The limit in front of it, if there is one. */
  readonly limit?: RateLimit;
  readonly everyMs?: number;
  readonly clock?: Clock;
}

export interface StageTimes {
  /** Milliseconds that the pipeline has waited for each, since the last reading. */
  readonly waitedForMs: Readonly<Record<WaitsFor, number>>;
  /** What most of that time went to. */
  readonly mostly: WaitsFor;
  readonly now: StageStates;
}

export interface StageTimesGauge {
  read(): StageTimes;
  close(): void;
}

/** Looks at a pipeline again and again, and adds up what it waits for. Throws `invalid-options`. */
export function createStageTimes(options: StageTimesOptions): StageTimesGauge {
  const { pipeline, limit, clock = systemClock } = options;
  const faults = checkNumbers({ everyMs: gaugeNumbers.everyMs }, options, { others: ["pipeline", "limit", "clock"] });
  if (typeof pipeline?.describe !== "function") faults.push("pipeline: expected one that createPipeline made");
  refuseFaults(faults);
  const everyMs = options.everyMs ?? gaugeNumbers.everyMs.default;
  let times = noTimes();
  let lookedAtMs = clock.nowMs();
  let states = stageStates(pipeline.describe(), (limit?.counts.waiting ?? 0) > 0);
  let cancel: CancelTimer | undefined;

  const look = (): void => {
    const nowMs = clock.nowMs();
    // The time since the last look goes to what was seen then.
    times[waitsFor(states)] += nowMs - lookedAtMs;
    lookedAtMs = nowMs;
    states = stageStates(pipeline.describe(), (limit?.counts.waiting ?? 0) > 0);
  };
  const lookAgain = (): void => {
    look();
    cancel = clock.after(everyMs, lookAgain);
  };
  lookAgain();
  return {
    read: () => {
      look();
      const waitedForMs = times;
      times = noTimes();
      return { waitedForMs, mostly: longest(waitedForMs, waitsFor(states)), now: states };
    },
    close: () => cancel?.(),
  };
}

const noTimes = (): Record<WaitsFor, number> => ({ source: 0, limiter: 0, handler: 0, sink: 0, settle: 0, paused: 0 });

function longest(times: Readonly<Record<WaitsFor, number>>, otherwise: WaitsFor): WaitsFor {
  let most = otherwise;
  for (const word of Object.keys(times) as WaitsFor[]) if (times[word] > times[most]) most = word;
  return most;
}
