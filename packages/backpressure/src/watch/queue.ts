import type { Pipeline, Topology } from "@weir/core";

/** Something that may pile up. */
export interface Queue {
  /** Stable and one of few: it becomes a label. */
  readonly name: string;
  /** How much is in it now. */
  readonly depth: () => number;
  /** More never fits. Left out where nothing bounds it: a lag, a table. */
  readonly bound?: () => number;
  /** The alarm watches from here on. Default: nine tenths of the bound. Needed without a bound. */
  readonly highWater?: number | (() => number);
  /** Below or at it the alarm is over. Default: half of the high water. */
  readonly lowWater?: number;
}

/**
 * From so many messages on the processors demand no more: with the default `minDemand`, a pull is worth it once half of one
 * handler's places are free. A stage that is as full as it gets swings between this and its bound.
 */
export function satedFrom({
  concurrency,
  insideMax,
}: Pick<Topology["processors"], "concurrency" | "insideMax">): number {
  return Math.max(1, insideMax - Math.ceil(insideMax / concurrency / 2) + 1);
}

/** The queues between a pipeline's stages: `<name>/processors`, `/batcher`, and `/window`, the fullest of its origins'. */
export function pipelineQueues(pipeline: Pipeline): readonly Queue[] {
  const { name, batcher } = pipeline.describe();
  const processors: Queue = {
    name: `${name}/processors`,
    depth: () => pipeline.describe().processors.inside,
    bound: () => pipeline.describe().processors.insideMax,
    highWater: () => satedFrom(pipeline.describe().processors),
  };
  const window: Queue = {
    name: `${name}/window`,
    depth: () => Math.max(0, ...pipeline.describe().origins.map(({ span }) => span)),
    bound: () => Math.max(1, ...pipeline.describe().origins.map(({ windowMax }) => windowMax)),
  };
  if (batcher === undefined) return [processors, window];
  const inBatcher: Queue = {
    name: `${name}/batcher`,
    depth: () => pipeline.describe().batcher?.inside ?? 0,
    bound: () => pipeline.describe().batcher?.capacity ?? batcher.capacity,
  };
  return [processors, inBatcher, window];
}
