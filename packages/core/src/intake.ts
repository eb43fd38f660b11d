import { Demand } from "./demand.ts";
import type { Context } from "./context.ts";
import type { Envelope, Origin } from "./message.ts";
import type { OriginTrack } from "./origin-track.ts";
import type { AlreadyDecided } from "./outcome.ts";
import type { Processors } from "./processors.ts";
import { Pump } from "./pump.ts";
import type { Source, SourceListener } from "./source.ts";

export interface IntakeOptions {
  readonly sources: readonly Source<unknown>[];
  readonly processors: Processors;
  readonly demandMin: number;
  readonly pullMax: number;
  readonly windowMax: number;
  readonly stallAlarmMs: number;
  /** Takes a message that needs no processing: an earlier tenure has decided it. */
  finish(message: Envelope, outcome: AlreadyDecided): void;
  /** What a pipeline does when one of its tenures ends. */
  onLost(track: OriginTrack): void;
}

/** All sources of a pipeline, merged: a pump for each, and one demand that deals the free places out to them. */
export class Intake {
  readonly #context: Context;
  readonly #options: IntakeOptions;
  readonly #demand: Demand;
  readonly #pumps = new Map<Source<unknown>, Pump>();

  constructor(context: Context, options: IntakeOptions) {
    this.#context = context;
    this.#options = options;
    const { sources, processors, demandMin, pullMax, windowMax, stallAlarmMs } = options;
    const finish: IntakeOptions["finish"] = (message, outcome) => options.finish(message, outcome);
    this.#demand = new Demand({ processors, demandMin, pullMax, sources: sources.length });
    const shared = { demand: this.#demand, processors, finish, pullMax, windowMax, stallAlarmMs };
    for (const source of sources) this.#pumps.set(source, new Pump(context, { source, ...shared }));
  }

  get pumps(): IterableIterator<Pump> {
    return this.#pumps.values();
  }

  /** Is any origin held up by its window? */
  get isHeldUp(): boolean {
    for (const pump of this.pumps) if (pump.origins.areHeldUp) return true;
    return false;
  }

  *tracks(): IterableIterator<OriginTrack> {
    for (const pump of this.pumps) yield* pump.origins.tracks;
  }

  /** Starts all sources; rejects with the first error once each of them has answered, so that none is closed while it starts. */
  async start(): Promise<void> {
    const starts = [...this.pumps].map((pump) => pump.source.start(this.#listenerOf(pump)));
    for (const start of await Promise.allSettled(starts)) if (start.status === "rejected") throw start.reason;
  }

  /** Pulls until {@link stop}, or until every source has come to its end. */
  async run(): Promise<void> {
    await Promise.all([...this.pumps].map((pump) => pump.run()));
  }

  stop(): void {
    for (const pump of this.pumps) pump.stop();
    this.#demand.dismiss();
  }

  pause(): void {
    for (const pump of this.pumps) pump.pause();
    this.#demand.dismiss();
  }

  resume(): void {
    for (const pump of this.pumps) pump.resume();
  }

  /** The processors have another number of places. */
  resize(): void {
    this.#demand.resize();
    this.#demand.deal();
  }

  /** Some of the origin is settled. */
  settled(track: OriginTrack): void {
    this.#pumps.get(track.source)?.origins.settled(track);
  }

  /** A settle was answered with `lost`. */
  lose(track: OriginTrack): void {
    this.#lose(this.#pumps.get(track.source), track.origin);
  }

  #listenerOf(pump: Pump): SourceListener {
    return {
      lost: (origin) => this.#lose(pump, origin),
      ended: (origin) => pump.end(origin),
      shed: (reason, count) => pump.countShed(reason, count),
    };
  }

  #lose(pump: Pump | undefined, origin: Origin): void {
    // Closing a source ends its tenures too; by then everything has been accounted for.
    if (this.#context.account.closed) return;
    const track = pump?.origins.lose(origin);
    if (track !== undefined) this.#options.onLost(track);
  }
}
