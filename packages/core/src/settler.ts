import { float, type Context } from "./context.ts";
import type { DeadLetter, DeadLetters } from "./dead-letters.ts";
import { Dependency, wait } from "./dependency.ts";
import { asWeirError, coreErrors, type WeirError } from "./errors.ts";
import { hasListeners, publish } from "./events.ts";
import type { Envelope, Message } from "./message.ts";
import { trackOf, type OriginTrack } from "./origin-track.ts";
import { dead, type AlreadyDecided, type FinalOutcome, type Outcome } from "./outcome.ts";
import type { SettleAnswer, Source } from "./source.ts";

export interface SettlerOptions {
  readonly sources: readonly Source<unknown>[];
  readonly deadLetters: DeadLetters;
  /** The source has confirmed some of this origin: its window has room. */
  onSettled(track: OriginTrack): void;
  onLost(track: OriginTrack): void;
  /** Another owner has claimed the origin: its dead letters are refused. */
  onFenced(track: OriginTrack): void;
}

/**
 * The one place where outcomes become durable. Per origin one loop: first the dead letters are recorded, then the
 * watermark moves, then the source is told. One origin's trouble never holds up another's.
 */
export class Settler {
  readonly #context: Context;
  readonly #options: SettlerOptions;
  readonly #deadLetters: Dependency;
  readonly #sources: ReadonlyMap<Source<unknown>, Dependency>;
  #awaiting = 0;

  constructor(context: Context, options: SettlerOptions) {
    this.#context = context;
    this.#options = options;
    const { pipeline, clock } = context;
    this.#deadLetters = new Dependency(pipeline, "dead letters", clock);
    this.#sources = new Map(
      options.sources.map((source) => [source, new Dependency(pipeline, `settle ${source.name}`, clock)]),
    );
  }

  /** Messages with a decided outcome that is not durable yet. */
  get awaiting(): number {
    return this.#awaiting;
  }

  finish(message: Envelope, outcome: Decision): void {
    const track = trackOf(message);
    if (track.lost || message.outcome !== null || this.#context.account.closed) return this.#tellLate([message]);
    message.outcome = outcome.kind === "retry" ? withoutRetries(outcome.reason) : outcome;
    track.outbox.push(message);
    this.#awaiting += 1;
    if (track.settling) return;
    track.settling = true;
    float(this.#context, this.#settleOrigin(track));
  }

  /** The tenure ended: whatever waits here is nobody's. */
  forget(track: OriginTrack): void {
    this.#awaiting -= track.outbox.length;
    track.outbox = [];
  }

  async #settleOrigin(track: OriginTrack): Promise<void> {
    // A turn later, so that the messages that finish together are settled together.
    await Promise.resolve();
    while (track.outbox.length > 0 && !this.#context.giveUp.aborted) {
      const messages = track.outbox;
      track.outbox = [];
      track.onItsWay = messages;
      const answer = await this.#settleGroup(track, messages);
      this.#awaiting -= messages.length;
      if (answer === undefined || this.#context.account.closed) return;
      track.onItsWay = [];
      if (track.lost) this.#tellLate(messages);
      if (answer === "lost") this.#options.onLost(track);
      if (!track.lost) this.#conclude(track, messages);
    }
    track.settling = false;
    this.#context.moved();
  }

  /** `undefined`: given up at the drain's deadline, with the settle possibly under way. */
  async #settleGroup(track: OriginTrack, messages: Envelope[]): Promise<SettleAnswer | undefined> {
    const letters = lettersOf(messages);
    if (letters.length > 0) {
      const recorded = await this.#untilItAnswers(track, this.#deadLetters, () =>
        this.#options.deadLetters.record(letters),
      );
      if (recorded === undefined) return track.lost ? "lost" : undefined;
    }
    for (const message of messages) track.watermark.settle(message.sequence);
    const mark = track.watermark.mark;
    const settlement = {
      origin: track.origin,
      messages: messages as unknown as Message[],
      outcomes: messages.map((message) => message.outcome as FinalOutcome),
      watermark: track.watermark.position,
    };
    const { giveUp } = this.#context;
    const { source } = track;
    const settled = await this.#untilItAnswers(track, this.#sources.get(source) as Dependency, () =>
      source.settle(settlement, giveUp),
    );
    if (settled === undefined) return track.lost ? "lost" : undefined;
    if (settled.value === "settled") track.watermark.release(mark);
    else if (settled.value !== "lost") throw coreErrors.brokenSource(source.name, "answered a settle with no answer");
    return settled.value;
  }

  /** Tries again with backoff while the dependency is away and somebody waits; `undefined`: nobody waits any more. */
  async #untilItAnswers<T>(
    track: OriginTrack,
    dependency: Dependency,
    call: () => Promise<T>,
  ): Promise<{ value: T } | undefined> {
    while (!track.lost && !this.#context.giveUp.aborted) {
      try {
        const value = await call();
        dependency.answered(track);
        return { value };
      } catch (thrown) {
        const error: WeirError = asWeirError(thrown);
        if (this.#context.giveUp.aborted) return undefined;
        if (error.code === "fenced") {
          dependency.answered(track);
          this.#options.onFenced(track);
          return undefined;
        }
        if (error.kind !== "dependency") throw error;
        await wait(this.#context.clock, dependency.failed(error, track), this.#context.giveUp);
      }
    }
    dependency.abandoned(track);
    return undefined;
  }

  #conclude(track: OriginTrack, messages: readonly Envelope[]): void {
    const { account, pipeline } = this.#context;
    track.inFlight -= messages.length;
    for (const { outcome } of messages) {
      const { kind } = outcome as Decision;
      account.settle(countedAs[kind]);
    }
    if (hasListeners("dead")) this.#tellDead(track, messages);
    const { origin, watermark } = track;
    publish("settled", {
      pipeline,
      origin: origin.id,
      epoch: origin.epoch,
      count: messages.length,
      watermark: watermark.position,
    });
    this.#options.onSettled(track);
  }

  #tellLate(messages: readonly Envelope[]): void {
    const { pipeline } = this.#context;
    for (const { origin, offset } of messages) publish("late", { pipeline, origin: origin.id, offset });
  }

  #tellDead(track: OriginTrack, messages: readonly Envelope[]): void {
    const counts = new Map<string, number>();
    for (const { reason } of lettersOf(messages)) counts.set(reason, (counts.get(reason) ?? 0) + 1);
    const { pipeline } = this.#context;
    for (const [reason, count] of counts) publish("dead", { pipeline, origin: track.origin.id, reason, count });
  }
}

/** What can become of a message here. */
type Decision = Outcome | AlreadyDecided;

const countedAs = {
  done: "done",
  dead: "dead",
  drop: "dropped",
  retry: "dead",
  "already-decided": "alreadyDecided",
} as const satisfies Record<Decision["kind"], string>;

function lettersOf(messages: readonly Envelope[]): DeadLetter[] {
  const letters: DeadLetter[] = [];
  for (const message of messages) {
    const outcome = message.outcome as Outcome;
    if (outcome.kind === "dead") letters.push({ message, reason: outcome.reason, detail: outcome.detail });
  }
  return letters;
}

/** Until a pipeline has somewhere to keep retries, a wish for one must not be forgotten. */
function withoutRetries(reason: string): Outcome {
  return dead("retry-unavailable", `the handler asked for a retry (${reason}), and this pipeline keeps no retries`);
}
