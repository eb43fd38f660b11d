import type { Envelope, Origin } from "./message.ts";
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
  /** Messages in the settle call that is under way. */
  onItsWay = 0;
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
}

export function trackOf(message: Envelope): OriginTrack {
  return message.track as OriginTrack;
}

/** Has its tenure ended? Then nobody works on it any more, here. */
export function isLost(message: Envelope): boolean {
  return (message.track as OriginTrack).lost;
}
