import { asWeirError } from "@weir/core";
import { backpressureErrors } from "../backpressure-errors.ts";
import type { MapSettings } from "./bounded-map-options.ts";
import { DeadlineSweep } from "./deadline-sweep.ts";
import { ItemCall, type ItemContext } from "./item-call.ts";
import { createIntake, SyncIntake, type ItemIntake, type Taken } from "./item-intake.ts";
import { LoopBreath } from "./loop-breath.ts";
import type { Outlet } from "./outlet.ts";

export type ItemHandler<T, R> = (item: T, context: ItemContext) => R | PromiseLike<R>;

export interface BoundedMapCounts {
  readonly started: number;
  readonly succeeded: number;
  /** Threw, or missed their deadline. */
  readonly failed: number;
  /** Missed their deadline. */
  readonly overdue: number;
  /** Answered after their deadline: the answers changed nothing. */
  readonly late: number;
  /** Places that are taken: handlers at work, without those that missed their deadline. */
  readonly atWork: number;
  readonly atWorkMax: number;
}

/** A place for one item. One whose handler missed its deadline is replaced, and what it still answers is only counted. */
class Place {
  call: ItemCall | undefined;
  looks = 0;
  isAbandoned = false;

  get isBusy(): boolean {
    return this.call !== undefined;
  }
}

export interface MapWork<T> {
  readonly items: Iterable<T> | AsyncIterable<T>;
  readonly handle: ItemHandler<T, unknown>;
  readonly outlet: Outlet;
}

/**
 * The places at work on one map: a loop for each, which reserves room, takes an item, calls the handler and puts out the
 * result. Running → over when all loops have ended: the items have come to their end, or {@link stop} was called.
 */
export class MapRun<T> {
  /** Resolves when nothing is at work any more; never rejects. */
  readonly finished: Promise<void>;
  readonly counts = { started: 0, succeeded: 0, failed: 0, overdue: 0, late: 0, atWork: 0, atWorkMax: 0 };
  /** Why it ended before its items did. */
  failure: { readonly error: unknown } | undefined;
  isOver = false;
  readonly #settings: MapSettings;
  readonly #handle: ItemHandler<T, unknown>;
  readonly #outlet: Outlet;
  readonly #intake: ItemIntake<T>;
  readonly #places = new Set<Place>();
  readonly #breath = new LoopBreath();
  readonly #sweep: DeadlineSweep<Place> | undefined;
  #resolveFinished: () => void = () => {};
  readonly #onAbort = (): void => this.stop(backpressureErrors.cancelled("the map", this.#settings.signal?.reason));

  constructor({ items, handle, outlet }: MapWork<T>, settings: MapSettings) {
    this.#settings = settings;
    this.#handle = handle;
    this.#outlet = outlet;
    this.#intake = createIntake(items);
    this.finished = new Promise((resolve) => (this.#resolveFinished = resolve));
    const { deadlineMs, clock } = settings;
    if (deadlineMs !== undefined) {
      const onLate = (place: Place): void => this.#abandon(place, deadlineMs);
      this.#sweep = new DeadlineSweep(clock, { deadlineMs, watched: this.#places, onLate });
    }
  }

  start(): void {
    const { signal, concurrency } = this.#settings;
    if (signal?.aborted === true) this.#onAbort();
    else signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#sweep?.start();
    // All stand before the first one works: it may come to the end of the items at once, and must not be the last.
    const places = Array.from({ length: concurrency }, () => new Place());
    for (const place of places) this.#places.add(place);
    for (const place of places) void this.#work(place);
  }

  /** Takes no more items and tells the handlers to stop. Whether they do is up to them: {@link finished} waits. */
  stop(error: unknown): void {
    if (this.failure !== undefined || this.isOver) return;
    this.failure = { error };
    for (const { call } of this.#places) call?.abort(error);
    this.#intake.dismiss();
    this.#outlet.wake();
  }

  async #work(place: Place): Promise<void> {
    const intake = this.#intake;
    try {
      while (this.failure === undefined) {
        if (this.#breath.isDue()) {
          await this.#breath.take();
          continue;
        }
        if (!this.#outlet.reserve()) {
          await this.#outlet.room();
          continue;
        }
        let taken: Taken<T> | undefined;
        if (intake instanceof SyncIntake) taken = intake.take() ? (intake as Taken<T>) : undefined;
        else taken = await intake.take();
        if (taken === undefined || this.failure !== undefined) {
          this.#outlet.release();
          break;
        }
        const call = this.#begin(place, taken.index);
        try {
          const answer = this.#handle(taken.item, call);
          // Awaiting what is no promise would cost three microtasks.
          const value = isThenable(answer) ? await answer : answer;
          if (place.isAbandoned) return this.#countLate();
          this.#succeed(place, value);
        } catch (thrown) {
          if (place.isAbandoned) return this.#countLate();
          this.#fail(place, thrown);
        }
      }
    } catch (thrown) {
      // The iterable broke, not a handler.
      this.stop(thrown);
    }
    this.#leave(place);
  }

  #begin(place: Place, index: number): ItemCall {
    const { counts } = this;
    counts.started += 1;
    counts.atWork += 1;
    if (counts.atWork > counts.atWorkMax) counts.atWorkMax = counts.atWork;
    const call = new ItemCall(index);
    place.call = call;
    place.looks = 0;
    return call;
  }

  #succeed(place: Place, value: unknown): void {
    const { index } = place.call as ItemCall;
    this.#free(place);
    this.counts.succeeded += 1;
    if (this.failure !== undefined) return;
    this.#outlet.put(index, this.#settings.failures === "throw" ? value : { ok: true, index, value });
  }

  #fail(place: Place, error: unknown): void {
    const { index } = place.call as ItemCall;
    this.#free(place);
    this.counts.failed += 1;
    if (this.#settings.failures === "throw") this.stop(error);
    else if (this.failure === undefined) this.#outlet.put(index, { ok: false, index, error: asWeirError(error) });
  }

  #free(place: Place): void {
    place.call = undefined;
    this.counts.atWork -= 1;
  }

  #countLate(): void {
    this.counts.late += 1;
  }

  /** The handler goes on somewhere, unheard; another place stands in for this one. */
  #abandon(place: Place, deadlineMs: number): void {
    const { call } = place;
    if (call === undefined) return;
    const error = backpressureErrors.deadlineExceeded(call.index, deadlineMs);
    place.isAbandoned = true;
    this.counts.overdue += 1;
    const successor = new Place();
    this.#places.add(successor);
    this.#fail(place, error);
    call.abort(error);
    this.#leave(place);
    void this.#work(successor);
  }

  #leave(place: Place): void {
    this.#places.delete(place);
    if (this.#places.size === 0) void this.#end();
  }

  async #end(): Promise<void> {
    this.#sweep?.stop();
    this.#settings.signal?.removeEventListener("abort", this.#onAbort);
    try {
      await this.#intake.close();
    } catch (thrown) {
      this.failure ??= { error: thrown };
    }
    this.isOver = true;
    this.#outlet.wake();
    this.#resolveFinished();
  }
}

function isThenable(answer: unknown): answer is PromiseLike<unknown> {
  return typeof answer === "object" && answer !== null && "then" in answer && typeof answer.then === "function";
}
