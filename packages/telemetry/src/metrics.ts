import { onEvent, type Pipeline } from "@weir/core";
import { checkNumbers, refuseFaults } from "@weir/core/options";
import { Registry } from "prom-client";
import { BoundedLabels } from "./bounded-labels.ts";
import { createInstruments, type Instruments } from "./instruments.ts";
import { metricsNumbers } from "./option-rows.ts";

export interface MetricsOptions {
  /** Their events are counted, and their stages described at every scrape. Others of the same process are not. */
  readonly pipelines: readonly Pipeline[];
  readonly labelValuesMax?: number;
}

export interface Metrics {
  readonly contentType: string;
  /** All of it, in Prometheus's text format. */
  text(): Promise<string>;
  /** Stops listening; what was counted can still be read. */
  close(): void;
}

/** Counts what pipelines tell about themselves. Throws `invalid-options`, with all faults at once. */
export function createMetrics(options: MetricsOptions): Metrics {
  const faults = checkNumbers(metricsNumbers, options, { others: ["pipelines"] });
  const { pipelines } = options;
  const isList = Array.isArray(pipelines) && pipelines.every((one) => typeof one?.describe === "function");
  if (!isList) faults.push("pipelines: expected a list of what createPipeline made");
  refuseFaults(faults);
  const registry = new Registry();
  const instruments = createInstruments(registry);
  const names = new Set(pipelines.map((pipeline) => pipeline.describe().name));
  const labels = new BoundedLabels(options.labelValuesMax ?? metricsNumbers.labelValuesMax.default);
  const stops = listen({ instruments, names, labels });
  return {
    contentType: registry.contentType,
    text: () => {
      for (const pipeline of pipelines) describeStages(instruments, pipeline);
      return registry.metrics();
    },
    close: () => {
      for (const stop of stops) stop();
    },
  };
}

interface Listening {
  readonly instruments: Instruments;
  readonly names: ReadonlySet<string>;
  readonly labels: BoundedLabels;
}

function listen({ instruments: to, names, labels }: Listening): (() => void)[] {
  const on: typeof onEvent = (name, listener) =>
    onEvent(name, (event) => {
      if (names.has(event.pipeline)) listener(event);
    });
  return [
    on("pulled", ({ pipeline, source, count }) => {
      to.pulled.inc({ pipeline, source: labels.valueOf("source", source) }, count);
    }),
    on("settled", ({ pipeline, count }) => to.settled.inc({ pipeline }, count)),
    on("batched", ({ pipeline, trigger }) => to.batches.inc({ pipeline, trigger })),
    on("written", ({ pipeline, count, durationMs }) => {
      to.written.inc({ pipeline }, count);
      to.writeSeconds.observe({ pipeline }, durationMs / 1000);
    }),
    on("dead", ({ pipeline, reason, count }) => {
      to.dead.inc({ pipeline, reason: labels.valueOf("dead", reason) }, count);
    }),
    on("shed", ({ pipeline, reason, count }) => {
      to.shed.inc({ pipeline, reason: labels.valueOf("shed", reason) }, count);
    }),
    on("lost", ({ pipeline, count }) => to.lost.inc({ pipeline }, count)),
    on("fenced", ({ pipeline }) => to.fenced.inc({ pipeline })),
    on("late", ({ pipeline }) => to.late.inc({ pipeline })),
    on("stalled", ({ pipeline }) => to.stalled.inc({ pipeline })),
    on("dependency", ({ pipeline, what, state }) => {
      to.down.set({ pipeline, dependency: labels.valueOf("dependency", what) }, state === "down" ? 1 : 0);
    }),
  ];
}

function describeStages(to: Instruments, pipeline: Pipeline): void {
  const { name, state, processors, batcher, inFlight, awaitingSettle, origins } = pipeline.describe();
  const set = (stage: string, depth: number, bound?: number): void => {
    to.depth.set({ pipeline: name, stage }, depth);
    if (bound !== undefined) to.bound.set({ pipeline: name, stage }, bound);
  };
  set("processors", processors.inside, processors.insideMax);
  if (batcher !== undefined) set("batcher", batcher.inside, batcher.capacity);
  set("settle", awaitingSettle);
  // The fullest window: one stuck origin shows, whatever the others do, and origins are no label.
  const fullest = origins.toSorted((a, b) => b.span - a.span)[0];
  set("window", fullest?.span ?? 0, fullest?.windowMax);
  to.inFlight.set({ pipeline: name }, inFlight);
  to.running.set({ pipeline: name }, state === "running" ? 1 : 0);
}
