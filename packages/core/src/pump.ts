import type { CancelTimer } from "./clock.ts";
import type { Context } from "./context.ts";
import { Dependency, wait } from "./dependency.ts";
import { asWeirError, coreErrors } from "./errors.ts";
import { publish } from "./events.ts";
import { describeMessage, Envelope, type Message, type Origin } from "./message.ts";
import { isLost, OriginTrack } from "./origin-track.ts";
import { alreadyDecided, type AlreadyDecided } from "./outcome.ts";
import type { Processors } from "./processors.ts";
import type { Source } from "./source.ts";

export interface PumpOptions {
  readonly source: Source<unknown>;
  readonly processors: Processors;
  /** Takes a message that needs no processing: an earlier tenure has decided it. */
  finish(message: Envelope, outcome: AlreadyDecided): void;
  /** A pull is worth it once so many places are free. */
  readonly demandMin: number;
  /** Unsettled messages of one origin, at most. */
  readonly windowMax: number;
  /** How many messages one pull may bring: where an origin is paused, so that its window is never exceeded. */
  readonly pullMax: number;
  /** How long an origin may be held up by its window before an alarm says so. */
  readonly stallAlarmMs: number;
}

const none: ReadonlySet<Message> = new Set();

/** May an earlier tenure have decided it? */
function isDoubtful(message: Message): boolean {
  return message instanceof Envelope && message.offset <= (message.origin.decided ?? -1);
}

/** The producer: pulls what the processors have room for, one pull at a time, and keeps every origin inside its window. */
export class Pump {
  readonly #context: Context;
  readonly #options: PumpOptions;
  readonly #tracks = new Map<Origin, OriginTrack>();
  readonly #alarms = new Map<OriginTrack, CancelTimer>();
  /** Tenures that have ended: an answer to a pull may have crossed the news. */
  readonly #ended = new WeakSet<Origin>();
  readonly #stop = new AbortController();
  readonly #dependency: Dependency;
  #wake: (() => void) | null = null;

  constructor(context: Context, options: PumpOptions) {
    this.#context = context;
    this.#options = options;
    this.#dependency = new Dependency(context.pipeline, options.source.name, context.clock);
    options.processors.onRoom = () => {
      if (this.#wake !== null && this.#hasRoom()) this.#unpark();
    };
  }

  get tracks(): IterableIterator<OriginTrack> {
    return this.#tracks.values();
  }

  /** Pulls until {@link stop}, or until the source has come to its end. */
  async run(): Promise<void> {
    const { source, processors } = this.#options;
    const { signal } = this.#stop;
    while (!signal.aborted) {
      if (!this.#hasRoom()) {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      try {
        const max = processors.free;
        const messages = await source.pull(max, signal);
        this.#dependency.answered(this);
        // An answer after the deadline is nobody's: the account is closed, the source will deliver it again.
        if (messages === null || this.#context.giveUp.aborted) return;
        this.#refuseBroken(messages, max);
        const decided = messages.some(isDoubtful) ? await this.#lookUp(messages.filter(isDoubtful)) : none;
        if (decided === undefined || this.#context.giveUp.aborted) return;
        if (messages.length > 0) this.#accept(messages as unknown as Envelope[], decided);
      } catch (thrown) {
        const error = asWeirError(thrown);
        if (signal.aborted && error.kind === "dependency") return;
        if (error.kind !== "dependency") throw error;
        await wait(this.#context.clock, this.#dependency.failed(error, this), signal);
      }
    }
  }

  stop(): void {
    this.#stop.abort();
    this.#unpark();
    for (const cancel of this.#alarms.values()) cancel();
    this.#alarms.clear();
  }

  /** The tenure has ended: what is in flight of it is given back to the source. */
  lose(origin: Origin): OriginTrack | undefined {
    this.#ended.add(origin);
    const track = this.#tracks.get(origin);
    if (track === undefined) return undefined;
    this.#tracks.delete(origin);
    this.#silence(track);
    track.lost = true;
    this.#context.account.release(track.inFlight);
    const { pipeline } = this.#context;
    publish("lost", { pipeline, origin: origin.id, epoch: origin.epoch, count: track.inFlight });
    track.inFlight = 0;
    return track;
  }

  /** Some of the origin is settled: a paused one goes on once half of its window is free. */
  settled(track: OriginTrack): void {
    const { windowMax, pullMax, source } = this.#options;
    if (!track.paused || track.watermark.span > (windowMax - pullMax) / 2) return;
    track.paused = false;
    this.#silence(track);
    source.resume(track.origin);
  }

  #unpark(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  #hasRoom(): boolean {
    return this.#options.processors.free >= this.#options.demandMin || this.#stop.signal.aborted;
  }

  #refuseBroken(messages: readonly unknown[], max: number): void {
    const { name } = this.#options.source;
    const { length } = messages;
    if (length > max) throw coreErrors.brokenSource(name, `gave ${length} messages for pull(${max})`);
    // Asked again at once, and again: the pipeline would stand still at full load, without a word.
    if (length === 0 && !this.#stop.signal.aborted) {
      throw coreErrors.brokenSource(name, "answered a pull with nothing although its signal had not aborted");
    }
  }

  /** Asks until there is an answer; `undefined`: nobody waits for it any more, and the source will deliver them again. */
  async #lookUp(doubtful: readonly Message[]): Promise<ReadonlySet<Message> | undefined> {
    const { source } = this.#options;
    if (source.lookUp === undefined) throw coreErrors.brokenSource(source.name, "has nowhere to look decisions up");
    const { signal } = this.#stop;
    for (;;) {
      try {
        const decided = await source.lookUp(doubtful);
        this.#dependency.answered(this);
        return decided;
      } catch (thrown) {
        const error = asWeirError(thrown);
        if (error.kind !== "dependency") throw error;
        if (signal.aborted) return undefined;
        await wait(this.#context.clock, this.#dependency.failed(error, this), signal);
      }
    }
  }

  #accept(messages: Envelope[], decided: ReadonlySet<Message>): void {
    const { account, pipeline } = this.#context;
    account.pulled += messages.length;
    let track: OriginTrack | undefined;
    for (const message of messages) {
      if (!(message instanceof Envelope)) {
        throw coreErrors.brokenSource(this.#options.source.name, "gave a message that createMessage did not make");
      }
      if (message.track !== null) {
        throw coreErrors.brokenSource(this.#options.source.name, `gave ${describeMessage(message)} twice`);
      }
      if (track?.origin !== message.origin) {
        if (track !== undefined) this.#watchWindow(track);
        track = this.#trackOf(message.origin);
      }
      message.sequence = track.watermark.deliver(message.offset);
      if (message.sequence === -1) {
        throw coreErrors.brokenSource(this.#options.source.name, `hands out of paused origin ${message.origin.id}`);
      }
      message.track = track;
      if (track.lost) account.release(1);
      else track.inFlight += 1;
    }
    if (track !== undefined) this.#watchWindow(track);
    publish("pulled", { pipeline, source: this.#options.source.name, count: messages.length });
    if (decided.size === 0) return this.#options.processors.accept(messages);
    const isDecided = (message: Envelope): boolean => decided.has(message);
    this.#options.processors.accept(messages.filter((message) => !isDecided(message)));
    this.#skip(messages.filter((message) => isDecided(message) && !isLost(message)));
  }

  #skip(messages: readonly Envelope[]): void {
    for (const message of messages) this.#options.finish(message, alreadyDecided);
    const { pipeline } = this.#context;
    for (const [id, group] of Map.groupBy(messages, ({ origin }) => origin.id)) {
      publish("alreadyDecided", { pipeline, origin: id, count: group.length });
    }
  }

  #trackOf(origin: Origin): OriginTrack {
    let track = this.#tracks.get(origin);
    if (track === undefined) {
      track = new OriginTrack(origin, this.#options.windowMax);
      track.lost = this.#ended.has(origin);
      if (!track.lost) this.#tracks.set(origin, track);
    }
    return track;
  }

  #watchWindow(track: OriginTrack): void {
    const { windowMax, pullMax, source, stallAlarmMs } = this.#options;
    if (track.paused || track.lost || track.watermark.span <= windowMax - pullMax) return;
    track.paused = true;
    source.pause(track.origin);
    if (this.#stop.signal.aborted) return;
    this.#alarms.set(
      track,
      this.#context.clock.after(stallAlarmMs, () => this.#alarm(track)),
    );
  }

  #alarm(track: OriginTrack): void {
    this.#alarms.delete(track);
    const offset = track.watermark.oldest ?? track.watermark.position;
    const { pipeline } = this.#context;
    publish("stalled", { pipeline, origin: track.origin.id, offset, window: this.#options.windowMax });
  }

  #silence(track: OriginTrack): void {
    this.#alarms.get(track)?.();
    this.#alarms.delete(track);
  }
}
