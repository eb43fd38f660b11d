import type { CancelTimer } from "./clock.ts";
import type { Context } from "./context.ts";
import { coreErrors } from "./errors.ts";
import { publish } from "./events.ts";
import type { Origin } from "./message.ts";
import { OriginTrack } from "./origin-track.ts";
import type { Source } from "./source.ts";

export interface OriginsOptions {
  readonly source: Source<unknown>;
  /** Unsettled messages of one origin, at most. */
  readonly windowMax: number;
  /** How many messages one pull may bring: where an origin is paused, so that its window is never exceeded. */
  readonly pullMax: number;
  /** How long an origin may be held up by its window before an alarm says so. */
  readonly stallAlarmMs: number;
}

/** The origins of one source: each is paused while its window is full, and forgotten when it is lost or has come to its end. */
export class Origins {
  readonly #context: Context;
  readonly #options: OriginsOptions;
  readonly #tracks = new Map<Origin, OriginTrack>();
  readonly #alarms = new Map<OriginTrack, CancelTimer>();
  /** Tenures that were lost: an answer to a pull may have crossed the news. */
  readonly #lost = new WeakSet<Origin>();
  /** Origins that have come to their end: nothing more may come of them. */
  readonly #ended = new WeakSet<Origin>();
  #stopped = false;
  #pausedCount = 0;

  constructor(context: Context, options: OriginsOptions) {
    this.#context = context;
    this.#options = options;
  }

  get tracks(): IterableIterator<OriginTrack> {
    return this.#tracks.values();
  }

  /** Is any of them held up by its window? */
  get areHeldUp(): boolean {
    return this.#pausedCount > 0;
  }

  trackOf(origin: Origin): OriginTrack {
    let track = this.#tracks.get(origin);
    if (track === undefined ? this.#ended.has(origin) : track.ended) {
      throw coreErrors.brokenSource(this.#options.source.name, `hands out of origin ${origin.id} after its end`);
    }
    if (track === undefined) {
      track = new OriginTrack(origin, this.#options.windowMax, this.#options.source);
      track.lost = this.#lost.has(origin);
      if (!track.lost) this.#tracks.set(origin, track);
    }
    return track;
  }

  /** The tenure has ended: what is in flight of it is given back to the source. */
  lose(origin: Origin): OriginTrack | undefined {
    this.#lost.add(origin);
    const track = this.#tracks.get(origin);
    if (track === undefined) return undefined;
    this.#forget(track);
    track.lost = true;
    this.#context.account.release(track.inFlight);
    const { pipeline } = this.#context;
    publish("lost", { pipeline, origin: origin.id, epoch: origin.epoch, count: track.inFlight });
    track.inFlight = 0;
    return track;
  }

  /** Nothing more comes of the origin: it is forgotten once all of it is settled. */
  end(origin: Origin): void {
    this.#ended.add(origin);
    const track = this.#tracks.get(origin);
    if (track === undefined) return;
    track.ended = true;
    if (track.inFlight === 0) this.#forget(track);
  }

  /** Some of the origin is settled: a paused one goes on once half of its window is free. */
  settled(track: OriginTrack): void {
    if (track.ended && track.inFlight === 0) return this.#forget(track);
    const { windowMax, pullMax, source } = this.#options;
    if (!track.paused || track.watermark.span > (windowMax - pullMax) / 2) return;
    track.paused = false;
    this.#pausedCount -= 1;
    this.#silence(track);
    source.resume(track.origin);
  }

  /** Some of the origin came in: it is paused if the next pull might exceed its window. */
  watchWindow(track: OriginTrack): void {
    const { windowMax, pullMax, source, stallAlarmMs } = this.#options;
    if (track.paused || track.lost || track.watermark.span <= windowMax - pullMax) return;
    track.paused = true;
    this.#pausedCount += 1;
    source.pause(track.origin);
    if (this.#stopped) return;
    this.#alarms.set(
      track,
      this.#context.clock.after(stallAlarmMs, () => this.#alarm(track)),
    );
  }

  stop(): void {
    this.#stopped = true;
    for (const cancel of this.#alarms.values()) cancel();
    this.#alarms.clear();
  }

  #alarm(track: OriginTrack): void {
    this.#alarms.delete(track);
    const offset = track.watermark.oldest ?? track.watermark.position;
    const { pipeline } = this.#context;
    publish("stalled", { pipeline, origin: track.origin.id, offset, window: this.#options.windowMax });
  }

  #forget(track: OriginTrack): void {
    if (this.#tracks.delete(track.origin) && track.paused) this.#pausedCount -= 1;
    this.#silence(track);
  }

  #silence(track: OriginTrack): void {
    this.#alarms.get(track)?.();
    this.#alarms.delete(track);
  }
}
