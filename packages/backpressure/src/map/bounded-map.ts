import type { WeirError } from "@weir/core";
import { backpressureErrors } from "../backpressure-errors.ts";
import { readMapOptions, type BoundedMapOptions, type MapSettings } from "./bounded-map-options.ts";
import { MapRun, type BoundedMapCounts, type ItemHandler, type MapWork } from "./map-run.ts";
import { CollectedOutlet, StreamedOutlet } from "./outlet.ts";

/** What became of one item, where failures are values. */
export type ItemResult<R> =
  | { readonly ok: true; readonly index: number; readonly value: R }
  | { readonly ok: false; readonly index: number; readonly error: WeirError };

/**
 * Results to be read once: with `for await`, or all together. Nothing starts before that.
 *
 * It ends early when its signal aborts (`cancelled`), when the reader leaves its loop, when the iterable throws, and, unless
 * failures are values, when a handler does; these throws come out unchanged. Then the signals of all handlers abort, and
 * it is over when they have answered, or missed their deadline: nothing that listens to its signal runs on.
 */
export interface BoundedMap<R> extends AsyncIterable<R, void, undefined> {
  /** All results, in one array. */
  collect(): Promise<R[]>;
  readonly counts: BoundedMapCounts;
}

/**
 * Calls `handle` for each item, at most `concurrency` at once. Throws `invalid-options` with all faults at once.
 */
export function boundedMap<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  handle: ItemHandler<T, R>,
  options: BoundedMapOptions & { readonly failures: "value" },
): BoundedMap<ItemResult<R>>;
export function boundedMap<T, R>(
  items: Iterable<T> | AsyncIterable<T>,
  handle: ItemHandler<T, R>,
  options?: BoundedMapOptions & { readonly failures?: "throw" },
): BoundedMap<R>;
export function boundedMap<T>(
  items: Iterable<T> | AsyncIterable<T>,
  handle: ItemHandler<T, unknown>,
  options: BoundedMapOptions = {},
): BoundedMap<unknown> {
  return new MapOnce({ items, handle }, readMapOptions(options, { items, handle }));
}

class MapOnce<T> implements BoundedMap<unknown> {
  readonly #work: Omit<MapWork<T>, "outlet">;
  readonly #settings: MapSettings;
  #run: MapRun<T> | undefined;

  constructor(work: Omit<MapWork<T>, "outlet">, settings: MapSettings) {
    this.#work = work;
    this.#settings = settings;
  }

  get counts(): BoundedMapCounts {
    return { ...(this.#run?.counts ?? nothing) };
  }

  async collect(): Promise<unknown[]> {
    const outlet = new CollectedOutlet(this.#settings.isOrdered);
    const run = this.#start(outlet);
    await run.finished;
    if (run.failure !== undefined) throw run.failure.error;
    return outlet.results;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    const outlet = new StreamedOutlet(this.#settings.isOrdered, this.#settings.aheadMax);
    const run = this.#start(outlet);
    try {
      while (run.failure === undefined) {
        const taken = outlet.take();
        if (taken !== StreamedOutlet.empty) yield taken;
        else if (run.isOver) return;
        else await outlet.arrival();
      }
    } finally {
      run.stop(backpressureErrors.cancelled("the map", "its reader left"));
      await run.finished;
    }
    throw run.failure.error;
  }

  #start(outlet: MapWork<T>["outlet"]): MapRun<T> {
    if (this.#run !== undefined) throw backpressureErrors.wrongState("a map is read once: make another one");
    this.#run = new MapRun({ ...this.#work, outlet }, this.#settings);
    this.#run.start();
    return this.#run;
  }
}

const nothing: BoundedMapCounts = {
  started: 0,
  succeeded: 0,
  failed: 0,
  overdue: 0,
  late: 0,
  atWork: 0,
  atWorkMax: 0,
};
