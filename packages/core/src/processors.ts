import { Breath } from "./breath.ts";
import type { CancelTimer } from "./clock.ts";
import type { Context } from "./context.ts";
import { Dependency, wait } from "./dependency.ts";
import { asWeirError, WeirError } from "./errors.ts";
import { publish } from "./events.ts";
import { noOutcome, outcomeOf, overdue, threw, type Failure, type FailureHook } from "./failure.ts";
import { Fifo } from "./fifo.ts";
import { Lanes } from "./lanes.ts";
import type { Envelope } from "./message.ts";
import { isLost, type OriginTrack } from "./origin-track.ts";
import { isOutcome, type Outcome } from "./outcome.ts";
import { isThenable } from "./thenable.ts";
import { HandlerSlot, sweepsPerDeadline, type Handler } from "./handler-slot.ts";

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
  readonly #dependency: Dependency;
  /** Processed, but refused by the next stage: they keep their places and leave first. */
  readonly #outlet = new Fifo<Envelope>();
  #cancelSweep: CancelTimer | null = null;
  #stopped = false;
  #concurrency: number;
  #insideMax: number;
  #inside = 0;
  /** Called whenever places became free. */
  onRoom: () => void = () => {};

  constructor(context: Context, options: ProcessorsOptions) {
    this.#context = context;
    this.#options = options;
    this.#concurrency = options.concurrency;
    this.#insideMax = options.insideMax;
    this.#lanes = new Lanes(options.insideMax);
    this.#dependency = new Dependency(context.pipeline, "handler", context.clock);
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
    if (this.#options.deadlineMs !== undefined) this.#armSweep();
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
    this.#cancelSweep?.();
    for (const slot of this.#slots) slot.abort();
  }

  #startWorkers(): void {
    for (let count = Math.min(this.#lanes.ready, this.#idle.length); count > 0; count -= 1) {
      void this.#work(this.#idle.pop() as HandlerSlot);
    }
  }

  #retire(slot: HandlerSlot): void {
    this.#slots.splice(this.#slots.indexOf(slot), 1);
  }

  #createSlot(): HandlerSlot {
    const slot = new HandlerSlot();
    this.#slots.push(slot);
    return slot;
  }

  /** One worker, as long as there is work: starting another costs less than waking a parked one. Never rejects. */
  async #work(slot: HandlerSlot): Promise<void> {
    try {
      for (let message = this.#lanes.take(); message !== undefined; message = this.#lanes.take()) {
        if (isLost(message)) {
          this.#lanes.release(message);
          this.#leave();
          continue;
        }
        slot.begin(message);
        let answer: unknown;
        try {
          answer = this.#options.handle(message, slot.context);
          if (isThenable(answer)) answer = await answer;
        } catch (thrown) {
          answer = await this.#afterThrow(slot, message, thrown);
        }
        if (slot.abandoned) return this.#tellLate(message);
        slot.end();
        this.#lanes.release(message);
        this.#conclude(message, answer);
        if (this.#slots.length > this.#concurrency) return this.#retire(slot);
        if (this.#breath.due()) await this.#breath.take();
        if (this.#stopped) return;
      }
      this.#idle.push(slot);
    } catch (thrown) {
      this.#context.fail(asWeirError(thrown));
    }
  }

  /** A dependency's failure costs the message nothing: it waits in its slot and is handled again. */
  async #afterThrow(slot: HandlerSlot, message: Envelope, first: unknown): Promise<unknown> {
    for (let thrown = first; ;) {
      if (!(thrown instanceof WeirError && thrown.kind === "dependency")) {
        this.#dependency.answered(slot);
        return slot.abandoned || isLost(message) ? undefined : this.#decide(message, threw(thrown));
      }
      // Its deadline is for the handler's own work: it begins anew with the next try. Too late already: no next try.
      if (slot.abandoned) return undefined;
      slot.end();
      await wait(this.#context.clock, this.#dependency.failed(thrown, slot), this.#context.giveUp);
      if (this.#stopped || this.#context.giveUp.aborted || isLost(message)) {
        this.#dependency.abandoned(slot);
        return undefined;
      }
      slot.begin(message);
      try {
        const answer = await this.#options.handle(message, slot.context);
        this.#dependency.answered(slot);
        return answer;
      } catch (again) {
        thrown = again;
      }
    }
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
    if (this.#inside === 0) this.#context.moved();
  }

  /** One timer for the whole stage, at an eighth of the deadline; a timer per message costs a third of the speed. */
  #armSweep(): void {
    if (this.#cancelSweep !== null) return;
    const deadlineMs = this.#options.deadlineMs as number;
    this.#cancelSweep = this.#context.clock.after(Math.ceil(deadlineMs / sweepsPerDeadline), () => {
      this.#cancelSweep = null;
      const late = this.#slots.filter((slot) => slot.isLate());
      for (const slot of late) this.#abandon(slot);
      if (this.#inside > 0 && !this.#stopped) this.#armSweep();
    });
  }

  /** The handler goes on somewhere, unheard; its slot is replaced, and the key's next message may start beside it. */
  #abandon(slot: HandlerSlot): void {
    const message = slot.message as Envelope;
    slot.abandon();
    this.#dependency.abandoned(slot);
    this.#retire(slot);
    this.#lanes.release(message);
    if (isLost(message)) this.#leave();
    else this.#route(message, this.#decide(message, overdue(this.#options.deadlineMs as number)));
    if (this.#slots.length < this.#concurrency) void this.#work(this.#createSlot());
  }
}
