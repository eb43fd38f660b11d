import type { Context } from "./context.ts";
import type { Demand } from "./demand.ts";
import { Dependency, wait } from "./dependency.ts";
import { asWeirError, coreErrors, type WeirError } from "./errors.ts";
import { publish } from "./events.ts";
import { describeMessage, Envelope, type Message, type Origin } from "./message.ts";
import { isLost, type OriginTrack } from "./origin-track.ts";
import { Origins, type OriginsOptions } from "./origins.ts";
import { alreadyDecided, type AlreadyDecided } from "./outcome.ts";
import type { Processors } from "./processors.ts";
import type { Source } from "./source.ts";

export interface PumpOptions extends OriginsOptions {
  readonly demand: Demand;
  readonly processors: Processors;
  /** Takes a message that needs no processing: an earlier tenure has decided it. */
  finish(message: Envelope, outcome: AlreadyDecided): void;
}

const none: ReadonlySet<Message> = new Set();

/** May an earlier tenure have decided it? */
function isDoubtful(message: Message): boolean {
  return message instanceof Envelope && message.offset <= (message.origin.decided ?? -1);
}

/** The producer for one source: pulls what it is dealt places for, one pull at a time, and keeps every origin inside its window. */
export class Pump {
  readonly #context: Context;
  readonly #options: PumpOptions;
  readonly origins: Origins;
  /** Came to their end while a pull was in the air: it may bring their last messages. */
  readonly #ending: Origin[] = [];
  readonly #dependency: Dependency;
  /** Aborts the pull in the air; a new one after each pause. */
  #spell = new AbortController();
  #state: "pulling" | "paused" | "stopped" | "at end" = "pulling";
  #isInTheAir = false;
  #pulled = 0;
  #shed = 0;
  #wake: (() => void) | null = null;

  constructor(context: Context, options: PumpOptions) {
    this.#context = context;
    this.#options = options;
    this.origins = new Origins(context, options);
    this.#dependency = new Dependency(context.pipeline, options.source.name, context.clock);
  }

  get source(): Source<unknown> {
    return this.#options.source;
  }

  get counts(): { readonly pulled: number; readonly shed: number; readonly isAtEnd: boolean } {
    return { pulled: this.#pulled, shed: this.#shed, isAtEnd: this.#state === "at end" };
  }

  /** Pulls until {@link stop}, or until the source has come to its end. */
  async run(): Promise<void> {
    const { demand } = this.#options;
    while (this.#state === "pulling" || this.#state === "paused") {
      if (this.#state === "paused") {
        await new Promise<void>((resolve) => (this.#wake = resolve));
        continue;
      }
      const max = demand.take() || (await demand.turn());
      if (max > 0) await this.#pull(max, this.#spell.signal);
    }
  }

  stop(): void {
    if (this.#state !== "at end") this.#state = "stopped";
    this.#spell.abort();
    this.#unpark();
    this.origins.stop();
  }

  /** Calls the pull in the air off; what it brings all the same is taken in. */
  pause(): void {
    if (this.#state !== "pulling") return;
    this.#state = "paused";
    this.#spell.abort();
  }

  resume(): void {
    if (this.#state !== "paused") return;
    this.#state = "pulling";
    this.#spell = new AbortController();
    this.#unpark();
  }

  /** The origin has come to its end: its track is freed once all of it is settled. */
  end(origin: Origin): void {
    if (this.#isInTheAir) this.#ending.push(origin);
    else this.origins.end(origin);
  }

  /** The source has thrown messages away before they were pulled. */
  countShed(reason: string, count: number): void {
    this.#shed += count;
    publish("shed", { pipeline: this.#context.pipeline, source: this.#options.source.name, reason, count });
  }

  #unpark(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }

  /** One pull, from the dealt places to the processors; a dependency's failure is waited for here. */
  async #pull(max: number, signal: AbortSignal): Promise<void> {
    const { source, demand } = this.#options;
    let messages: readonly Message[] | null = [];
    let decided: ReadonlySet<Message> | undefined;
    let failure: WeirError | undefined;
    this.#isInTheAir = true;
    try {
      messages = await source.pull(max, signal);
      this.#dependency.answered(this);
      if (messages !== null && !this.#context.giveUp.aborted) {
        this.#refuseBroken(messages, max, signal);
        decided = messages.some(isDoubtful) ? await this.#lookUp(messages.filter(isDoubtful)) : none;
      }
    } catch (thrown) {
      failure = asWeirError(thrown);
    }
    this.#isInTheAir = false;
    demand.giveBack(max);
    if (messages === null) {
      this.#state = "at end";
      demand.leave();
    } else if (failure !== undefined) {
      if (failure.kind !== "dependency") throw failure;
      demand.deal();
      if (!signal.aborted) await wait(this.#context.clock, this.#dependency.failed(failure, this), signal);
    } else if (decided !== undefined && !this.#context.giveUp.aborted) {
      // An answer after the deadline is nobody's: the account is closed, the source will deliver it again.
      if (messages.length > 0) this.#accept(messages as unknown as Envelope[], decided);
      demand.deal();
    }
    if (this.#ending.length > 0) for (const origin of this.#ending.splice(0)) this.origins.end(origin);
  }

  #refuseBroken(messages: readonly unknown[], max: number, signal: AbortSignal): void {
    const { name } = this.#options.source;
    const { length } = messages;
    if (length > max) throw coreErrors.brokenSource(name, `gave ${length} messages for pull(${max})`);
    // Asked again at once, and again: the pipeline would stand still at full load, without a word.
    if (length === 0 && !signal.aborted) {
      throw coreErrors.brokenSource(name, "answered a pull with nothing although its signal had not aborted");
    }
  }

  /** Asks until there is an answer; `undefined`: nobody waits for it any more, and the source will deliver them again. */
  async #lookUp(doubtful: readonly Message[]): Promise<ReadonlySet<Message> | undefined> {
    const { source } = this.#options;
    if (source.lookUp === undefined) throw coreErrors.brokenSource(source.name, "has nowhere to look decisions up");
    for (;;) {
      try {
        const decided = await source.lookUp(doubtful);
        this.#dependency.answered(this);
        return decided;
      } catch (thrown) {
        const error = asWeirError(thrown);
        if (error.kind !== "dependency") throw error;
        if (this.#state === "stopped") return undefined;
        await wait(this.#context.clock, this.#dependency.failed(error, this), this.#context.giveUp);
      }
    }
  }

  #accept(messages: Envelope[], decided: ReadonlySet<Message>): void {
    const { account, pipeline } = this.#context;
    account.pulled += messages.length;
    this.#pulled += messages.length;
    let track: OriginTrack | undefined;
    for (const message of messages) {
      if (!(message instanceof Envelope)) {
        throw coreErrors.brokenSource(this.#options.source.name, "gave a message that createMessage did not make");
      }
      if (message.track !== null) {
        throw coreErrors.brokenSource(this.#options.source.name, `gave ${describeMessage(message)} twice`);
      }
      if (track?.origin !== message.origin) {
        if (track !== undefined) this.origins.watchWindow(track);
        track = this.origins.trackOf(message.origin);
      }
      message.sequence = track.watermark.deliver(message.offset);
      if (message.sequence === -1) {
        throw coreErrors.brokenSource(this.#options.source.name, `hands out of paused origin ${message.origin.id}`);
      }
      message.track = track;
      if (track.lost) account.release(1);
      else track.inFlight += 1;
    }
    if (track !== undefined) this.origins.watchWindow(track);
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
}
