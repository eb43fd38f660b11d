import { availableParallelism } from "node:os";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { WeirError } from "@weir/core";
import { checkNumbers, refuseFaults } from "@weir/core/options";
import { Piscina } from "piscina";
import { backpressureErrors } from "../backpressure-errors.ts";
import { boundedMap, type BoundedMap, type ItemResult } from "../map/bounded-map.ts";
import type { BoundedMapOptions } from "../map/bounded-map-options.ts";
import { threadNumbers } from "../option-rows.ts";
import type { ThreadAnswer, ThreadTask } from "./thread-task.ts";

export interface ThreadsOptions {
  /** The module with the function: `new URL("./work.ts", import.meta.url)`. Each thread loads it once. */
  readonly module: URL;
  /** The name under which it exports the function. Default `default`. */
  readonly name?: string;
  readonly threadsMax?: number;
  readonly queuedMax?: number;
}

/**
 * A function that runs on threads of its own, so that heavy work never blocks the event loop. Its task and its result are
 * copied between threads (structured clone): send little, or transfer it. Types are your claim; nothing checks them.
 */
export interface Threads<Task, Result> {
  readonly threadsMax: number;
  /**
   * Runs one task. A signal that aborts ends the thread itself, in the middle of whatever it does, and another one takes
   * its place: `cancelled`. Rejects with what the function threw, with `overloaded`, `thread-lost`, `no-thread-function`.
   */
  run(task: Task, options?: { readonly signal?: AbortSignal }): Promise<Result>;
  /** {@link boundedMap} on the threads; at most `threadsMax` at work unless given less. Here a deadline ends the work. */
  map(
    items: Iterable<Task> | AsyncIterable<Task>,
    options: BoundedMapOptions & { readonly failures: "value" },
  ): BoundedMap<ItemResult<Result>>;
  map(
    items: Iterable<Task> | AsyncIterable<Task>,
    options?: BoundedMapOptions & { readonly failures?: "throw" },
  ): BoundedMap<Result>;
  readonly counts: { readonly queued: number; readonly completed: number };
  /** Ends all threads, and what they do; tasks that had no answer reject with `cancelled`. */
  close(): Promise<void>;
}

/** Throws `invalid-options`, with all faults at once. */
export function createThreads<Task, Result>(options: ThreadsOptions): Threads<Task, Result> {
  const faults = checkNumbers(threadNumbers, options, { others: ["module", "name"] });
  if (!(options.module instanceof URL)) faults.push('module: expected new URL("./work.ts", import.meta.url)');
  if (options.name === "") faults.push("name: expected the name of an export, or nothing");
  refuseFaults(faults);
  return new PooledThreads<Task, Result>(options);
}

/** The entry has the ending that this file has: it is compiled where this one is. */
const entry = fileURLToPath(new URL(`./thread-entry${extname(import.meta.url)}`, import.meta.url));

class PooledThreads<Task, Result> implements Threads<Task, Result> {
  readonly threadsMax: number;
  readonly #pool: Piscina<ThreadTask, ThreadAnswer>;
  readonly #module: string;
  readonly #name: string;
  readonly #queuedMax: number;
  #isClosed = false;

  constructor({ module, name, threadsMax, queuedMax }: ThreadsOptions) {
    this.threadsMax = threadsMax ?? Math.max(1, availableParallelism() - 1);
    this.#queuedMax = queuedMax ?? threadNumbers.queuedMax.default;
    this.#module = module.href;
    this.#name = name ?? "default";
    const threads = { minThreads: this.threadsMax, maxThreads: this.threadsMax };
    // The queue's bound is checked in `run`: the pool's own counts tasks that wait for a thread to start as queued.
    this.#pool = new Piscina({ filename: entry, ...threads, recordTiming: false });
  }

  get counts(): { readonly queued: number; readonly completed: number } {
    return { queued: this.#pool.queueSize, completed: this.#pool.completed };
  }

  async run(task: Task, { signal }: { readonly signal?: AbortSignal } = {}): Promise<Result> {
    if (this.#isClosed) throw backpressureErrors.wrongState("the threads are closed: make others");
    if (this.#pool.queueSize >= this.#queuedMax) throw backpressureErrors.overloaded(this.#queuedMax);
    const sent = { module: this.#module, name: this.#name, task };
    return resultOf(await this.#send(sent, signal)) as Result;
  }

  map(
    items: Iterable<Task> | AsyncIterable<Task>,
    options: BoundedMapOptions & { readonly failures: "value" },
  ): BoundedMap<ItemResult<Result>>;
  map(
    items: Iterable<Task> | AsyncIterable<Task>,
    options?: BoundedMapOptions & { readonly failures?: "throw" },
  ): BoundedMap<Result>;
  map(items: Iterable<Task> | AsyncIterable<Task>, options: BoundedMapOptions = {}): BoundedMap<unknown> {
    const all: BoundedMapOptions = { concurrency: this.threadsMax, ...options };
    return boundedMap(items, (task, { signal }) => this.run(task, { signal }), all as { readonly failures: "value" });
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#pool.destroy();
  }

  async #send(task: ThreadTask, signal: AbortSignal | undefined): Promise<ThreadAnswer> {
    try {
      return await this.#pool.run(task, signal === undefined ? {} : { signal });
    } catch (thrown) {
      if (signal?.aborted === true) throw backpressureErrors.cancelled("the task", signal.reason);
      if (this.#isClosed) throw backpressureErrors.cancelled("the task", "the threads were closed");
      if (isCloneFault(thrown)) throw thrown;
      throw backpressureErrors.threadLost(thrown);
    }
  }
}

/** The task cannot be copied: it never came to a thread. */
function isCloneFault(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === "DataCloneError";
}

function resultOf(answer: ThreadAnswer): unknown {
  switch (answer.kind) {
    case "done":
      return answer.value;
    case "refused":
      throw backpressureErrors.noThreadFunction(answer.sentence);
    case "threw":
      throw answer.error;
    case "threw-weir":
      break;
  }
  const { code, sentence, errorKind, definite } = answer;
  throw new WeirError(code, sentence, { kind: errorKind, definite });
}
