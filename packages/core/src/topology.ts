import type { Account } from "./account.ts";
import type { OriginTrack } from "./origin-track.ts";
import type { Settings } from "./pipeline-options.ts";

/** A pipeline as it is at this moment. Counts are messages. */
export interface Topology {
  readonly name: string;
  readonly state: string;
  readonly source: { readonly name: string; readonly pulled: number };
  readonly processors: { readonly concurrency: number; readonly inside: number; readonly insideMax: number };
  /** Absent without a sink. */
  readonly batcher?: {
    readonly sink: string;
    readonly size: number;
    readonly concurrency: number;
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
  readonly source: string;
  readonly sink: string | undefined;
  readonly settings: Settings;
  readonly account: Account;
  readonly inProcessors: number;
  readonly inBatcher: number;
  readonly awaitingSettle: number;
  readonly tracks: Iterable<OriginTrack>;
}

export function describeTopology(facts: TopologyFacts): Topology {
  const { account, settings } = facts;
  const { size, concurrency, capacity } = settings.batch;
  const batcher = facts.sink && { sink: facts.sink, size, concurrency, inside: facts.inBatcher, capacity };
  return {
    name: facts.name,
    state: facts.state,
    source: { name: facts.source, pulled: account.pulled },
    processors: { concurrency: settings.concurrency, inside: facts.inProcessors, insideMax: settings.insideMax },
    ...(batcher && { batcher }),
    settled: {
      done: account.done,
      dead: account.dead,
      dropped: account.dropped,
      alreadyDecided: account.alreadyDecided,
    },
    fenced: account.fenced,
    awaitingSettle: facts.awaitingSettle,
    inWork: facts.inProcessors + facts.inBatcher,
    inWorkMax: settings.insideMax + (batcher ? capacity : 0),
    inFlight: account.inFlight,
    origins: [...facts.tracks].map(({ origin, watermark, paused }) => ({
      id: origin.id,
      epoch: origin.epoch,
      span: watermark.span,
      windowMax: settings.windowMax,
      watermark: watermark.position,
      isPaused: paused,
    })),
  };
}
