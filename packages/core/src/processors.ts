import { Breath } from "./breath.ts";
import { float, type Context } from "./context.ts";
import { asWeirError } from "./errors.ts";
import { publish } from "./events.ts";
import { noOutcome, outcomeOf, overdue, type Failure, type FailureHook } from "./failure.ts";
import { Fifo } from "./fifo.ts";
import { HandlerRetries } from "./handler-retries.ts";
import { Lanes } from "./lanes.ts";
import type { Envelope } from "./message.ts";
import { isLost, type OriginTrack } from "./origin-track.ts";
import { isOutcome, type Outcome } from "./outcome.ts";
import { isThenable } from "./thenable.ts";
import { Sweep } from "./sweep.ts";
import { HandlerSlot, type Handler } from "./handler-slot.ts";

export interface ProcessorsOptions {
  readonly concurrency: number;
  readonly insideMax: number;
  readonly deadlineMs: number | undefined;
  readonly handle: Handler<unknown, unknown>;
  readonly onFailed: FailureHook<never, unknown> | undefined;
  /** Takes a processed message; false: no room now, {@link Processors.handOver} will try again. */
  next(message: Envelope): boolean;
  /** Takes a message that goes no further. */
  finish(message: Envelope, outcome: Outcome): void;
}

/**
 * The processors: worker loops over lanes. A message leaves when the next stage has taken it or when it is finished;
 * until then it holds a place, and free places are the demand that the pumps pull for.
 */
export class Processors {
  readonly #context: Context;
  readonly #options: ProcessorsOptions;
  readonly #lanes: Lanes;
  readonly #slots: HandlerSlot[] = [];
  /** Slots that nobody works at: their worker has ended, and a new one starts when there is work. */
  readonly #idle: HandlerSlot[] = [];
  readonly #breath = new Breath();
  readonly #retries: HandlerRetries;
  readonly #sweep: Sweep | undefined;
  /** Processed, but refused by the next stage: they keep their places and leave first. */
  readonly #outlet = new Fifo<Envelope>();
  #stopped = false;
  #concurrency: number;
  #insideMax: number;
  #inside = 0;
  /** Called whenever places became free; `onEmpty`, when the last message has left. */
  onRoom: () => void = () => {};
  onEmpty: () => void = () => {};

  constructor(context: Context, options: ProcessorsOptions) {
    this.#context = context;
    this.#options = options;
    this.#concurrency = options.concurrency;
    this.#insideMax = options.insideMax;
    this.#lanes = new Lanes(options.insideMax);
    this.#retries = new HandlerRetries(context, {
      handle: options.handle,
      decide: (message, failure) => this.#decide(message, failure),
    });
    const { deadlineMs } = options;
    const isNeeded = (): boolean => this.#inside > 0 && !this.#stopped;
    const watch = { slots: this.#slots, onLate: (slot: HandlerSlot): void => this.#abandon(slot), isNeeded };
    if (deadlineMs !== undefined) this.#sweep = new Sweep(context.clock, { deadlineMs, ...watch });
    for (let i = 0; i < options.concurrency; i += 1) this.#idle.push(this.#createSlot());
  }

  get inside(): number {
    return this.#inside;
  }

  get concurrency(): number {
    return this.#concurrency;
  }

  get insideMax(): number {
    return this.#insideMax;
  }

  get free(): number {
    return this.#insideMax - this.#inside;
  }

  /** From now on so many handlers at once, each with as many places as before. What is at work is finished. */
  resize(concurrency: number): void {
    this.#insideMax = (this.#insideMax / this.#concurrency) * concurrency;
    this.#concurrency = concurrency;
    while (this.#slots.length > concurrency && this.#idle.length > 0) this.#retire(this.#idle.pop() as HandlerSlot);
    while (this.#slots.length < concurrency) this.#idle.push(this.#createSlot());
    this.#startWorkers();
  }

  accept(messages: readonly Envelope[]): void {
    this.#inside += messages.length;
    for (const message of messages) {
      message.lane = this.#lanes.laneOf(message.key);
      this.#lanes.add(message);
    }
    this.#sweep?.arm();
    this.#startWorkers();
  }

  /** The next stage has room again. */
  handOver(): void {
    if (this.#stopped) return;
    for (let first = this.#outlet.peek(); first !== undefined; first = this.#outlet.peek()) {
      if (!isLost(first) && !this.#options.next(first)) return;
      this.#outlet.shift();
      this.#leave();
    }
  }

  /** Aborts the handlers that work on a lost tenure; what still queues is skipped when its turn comes. */
  abort(track: OriginTrack): void {
    for (const slot of this.#slots) if (slot.message?.track === track) slot.abort();
  }

  stop(): void {
    this.#stopped = true;
    this.#sweep?.stop();
    for (const slot of this.#slots) slot.abort();
  }

  #startWorkers(): void {
    for (let count = Math.min(this.#lanes.ready, this.#idle.length); count > 0; count -= 1) {
      this.#work(this.#idle.pop() as HandlerSlot);
    }
  }

  #retire(slot: HandlerSlot): void {
    this.#slots.splice(this.#slots.indexOf(slot), 1);
  }

  #createSlot(): HandlerSlot {
    const slot = new HandlerSlot();
    slot.onAnswer = (answer) => this.#goOn(slot, slot.message as Envelope, answer);
    slot.onThrow = (thrown) => this.#afterThrow(slot, slot.message as Envelope, thrown);
    this.#slots.push(slot);
    return slot;
  }

  /** A worker, as long as there is work that needs no waiting for; an answer that comes later goes on with it. Never throws. */
  #work(slot: HandlerSlot): void {
    try {
      for (let message = this.#lanes.take(); message !== undefined; message = this.#lanes.take()) {
        if (isLost(message)) {
          this.#lanes.release(message);
          this.#leave();
        } else if (!this.#handle(slot, message)) return;
      }
      this.#idle.push(slot);
    } catch (thrown) {
      this.#context.fail(asWeirError(thrown));
    }
  }

  /** True: answered, and the worker may take its next message at once. */
  #handle(slot: HandlerSlot, message: Envelope): boolean {
    slot.begin(message);
    let answer: unknown;
    try {
      answer = this.#options.handle(message, slot.context);
    } catch (thrown) {
      this.#afterThrow(slot, message, thrown);
      return false;
    }
    if (!isThenable(answer)) return this.#answered(slot, message, answer);
    // The slot's own callbacks, not an await: that costs a sixth of the speed.
    Promise.resolve(answer).then(slot.onAnswer, slot.onThrow);
    return false;
  }

  #afterThrow(slot: HandlerSlot, message: Envelope, thrown: unknown): void {
    const goOn = (answer: unknown): void => this.#goOn(slot, message, answer);
    float(this.#context, this.#retries.answerAfter(slot, message, thrown).then(goOn));
  }

  /** An answer that had to be waited for. Never throws. */
  #goOn(slot: HandlerSlot, message: Envelope, answer: unknown): void {
    if (slot.abandoned) return this.#tellLate(message);
    try {
      if (this.#answered(slot, message, answer)) this.#work(slot);
    } catch (thrown) {
      this.#context.fail(asWeirError(thrown));
    }
  }

  #answered(slot: HandlerSlot, message: Envelope, answer: unknown): boolean {
    slot.end();
    this.#lanes.release(message);
    this.#conclude(message, answer);
    const isSurplus = this.#slots.length > this.#concurrency;
    if (isSurplus) this.#retire(slot);
    if (isSurplus || this.#stopped) return false;
    if (!this.#breath.due()) return true;
    void this.#breath.take().then(() => {
      if (!this.#stopped) this.#work(slot);
    });
    return false;
  }

  #conclude(message: Envelope, answer: unknown): void {
    if (isLost(message) || this.#stopped) {
      this.#tellLate(message);
      return this.#leave();
    }
    this.#route(message, isOutcome(answer) ? answer : this.#decide(message, noOutcome(message, answer)));
  }

  #decide(message: Envelope, failure: Failure): Outcome {
    return outcomeOf(message, failure, this.#options.onFailed);
  }

  /** On to the next stage, or out; a message that the next stage refuses keeps its place. */
  #route(message: Envelope, outcome: Outcome): void {
    if (outcome.kind !== "done") {
      this.#leave();
      return this.#options.finish(message, outcome);
    }
    message.data = outcome.value;
    if (outcome.flush === true) message.flush = true;
    if (this.#outlet.size > 0 || !this.#options.next(message)) this.#outlet.push(message);
    else this.#leave();
  }

  #tellLate(message: Envelope): void {
    publish("late", { pipeline: this.#context.pipeline, origin: message.origin.id, offset: message.offset });
  }

  #leave(): void {
    this.#inside -= 1;
    this.onRoom();
    if (this.#inside > 0) return;
    this.onEmpty();
    this.#context.moved();
  }

  /** The handler goes on somewhere, unheard; its slot is replaced, and the key's next message may start beside it. */
  #abandon(slot: HandlerSlot): void {
    const message = slot.message as Envelope;
    slot.abandon();
    this.#retries.abandoned(slot);
    this.#retire(slot);
    this.#lanes.release(message);
    if (isLost(message)) this.#leave();
    else this.#route(message, this.#decide(message, overdue(this.#options.deadlineMs as number)));
    if (this.#slots.length < this.#concurrency) this.#work(this.#createSlot());
  }
}
