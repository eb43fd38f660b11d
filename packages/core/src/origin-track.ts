import type { Envelope, Origin } from "./message.ts";
import type { FinalOutcome } from "./outcome.ts";
import type { Source } from "./source.ts";
import { Watermark } from "./watermark.ts";

/** What a pipeline knows of one tenure, from its first message until it is lost. */
export class OriginTrack {
  readonly origin: Origin;
  /** Where it is settled. */
  readonly source: Source<unknown>;
  readonly watermark: Watermark;
  /** Messages whose outcome is decided, waiting for the settle loop. */
  outbox: Envelope[] = [];
  /** The settle loop of this origin runs. */
  settling = false;
  /** Of these the settle is under way: first their dead letters are recorded, then the source is told. */
  onItsWay: readonly Envelope[] = [];
  lost = false;
  /** Nothing more comes of it. */
  ended = false;
  paused = false;
  /** Pulled and neither settled nor given up. */
  inFlight = 0;

  constructor(origin: Origin, windowMax: number, source: Source<unknown>) {
    this.origin = origin;
    this.source = source;
    this.watermark = new Watermark(windowMax);
  }

  /**
   * The offset below which everything is decided durably once these messages are. What waits to be settled counts, so that a
   * source that cannot be told holds up no position beside the effects; a dead letter counts from its recording on.
   */
  positionAfter(messages: readonly Envelope[]): number {
    const durable = [...this.outbox, ...this.onItsWay].filter(isDurable);
    return this.watermark.positionAfter([...messages, ...durable].map(({ sequence }) => sequence));
  }
}

/** Whoever is finished with another outcome has its effect already, or needs none. */
function isDurable({ outcome }: Envelope): boolean {
  return (outcome as FinalOutcome).kind !== "dead";
}

export function trackOf(message: Envelope): OriginTrack {
  return message.track as OriginTrack;
}

/** Has its tenure ended? Then nobody works on it any more, here. */
export function isLost(message: Envelope): boolean {
  return (message.track as OriginTrack).lost;
}
