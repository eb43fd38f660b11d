import type { Account } from "./account.ts";
import type { Stages } from "./assemble.ts";
import type { Settings } from "./pipeline-options.ts";

/** A pipeline as it is at this moment. Counts are messages. */
export interface Topology {
  readonly name: string;
  readonly state: string;
  /** `shed`: thrown away by the source before they were pulled. */
  readonly sources: readonly {
    readonly name: string;
    readonly pulled: number;
    readonly shed: number;
    readonly isAtEnd: boolean;
  }[];
  readonly processors: { readonly concurrency: number; readonly inside: number; readonly insideMax: number };
  /** Absent without a sink. */
  readonly batcher?: {
    readonly sink: string;
    readonly size: number;
    readonly concurrency: number;
    /** Of the batches: being filled, and being written. */
    readonly open: number;
    readonly writing: number;
    readonly inside: number;
    readonly capacity: number;
  };
  readonly settled: {
    readonly done: number;
    readonly dead: number;
    readonly dropped: number;
    readonly alreadyDecided: number;
  };
  /** Given up because another owner had claimed their origin. */
  readonly fenced: number;
  readonly awaitingSettle: number;
  readonly inWork: number;
  /** In work never exceeds it: concurrency · maxDemand + batcher capacity. */
  readonly inWorkMax: number;
  /** In work, and awaiting settle. */
  readonly inFlight: number;
  readonly origins: readonly {
    readonly id: string;
    readonly epoch: number;
    readonly span: number;
    readonly windowMax: number;
    readonly watermark: number;
    readonly isPaused: boolean;
  }[];
}

export interface TopologyFacts {
  readonly name: string;
  readonly state: string;
  readonly sink: string | undefined;
  readonly settings: Settings;
  readonly account: Account;
  readonly stages: Stages;
}

export function describeTopology(facts: TopologyFacts): Topology {
  const { account, settings } = facts;
  const { intake, processors, settler } = facts.stages;
  const { concurrency, inside, insideMax } = processors;
  const batcher = describeBatcher(facts);
  return {
    name: facts.name,
    state: facts.state,
    sources: [...intake.pumps].map(({ source, counts }) => ({ name: source.name, ...counts })),
    processors: { concurrency, inside, insideMax },
    ...(batcher && { batcher }),
    settled: {
      done: account.done,
      dead: account.dead,
      dropped: account.dropped,
      alreadyDecided: account.alreadyDecided,
    },
    fenced: account.fenced,
    awaitingSettle: settler.awaiting,
    inWork: inside + (batcher?.inside ?? 0),
    inWorkMax: insideMax + (batcher?.capacity ?? 0),
    inFlight: account.inFlight,
    origins: [...intake.tracks()].map(({ origin, watermark, paused }) => ({
      id: origin.id,
      epoch: origin.epoch,
      span: watermark.span,
      windowMax: settings.windowMax,
      watermark: watermark.position,
      isPaused: paused,
    })),
  };
}

function describeBatcher({ sink, settings, stages }: TopologyFacts): Topology["batcher"] {
  const { batcher } = stages;
  if (sink === undefined || batcher === null) return undefined;
  const { size, concurrency, capacity } = settings.batch;
  const { open, writing, inside } = batcher;
  return { sink, size, concurrency, open, writing, inside, capacity };
}
