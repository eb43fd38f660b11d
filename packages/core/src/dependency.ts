import type { Clock } from "./clock.ts";
import type { WeirError } from "./errors.ts";
import { publish } from "./events.ts";

const baseMs = 50;
const capMs = 2000;

/**
 * One thing outside that a pipeline needs, with many callers. It is down from the first failure until nobody who failed
 * still waits: one caller's luck beside another's trouble (one partition, one key) is no change of state. It gives each
 * caller the delay before its next try: exponential from 50 ms to 2 s with full jitter, so that they do not come back at once.
 */
export class Dependency {
  readonly #pipeline: string;
  readonly #what: string;
  readonly #clock: Clock;
  /** Who waits for it, and how often each has failed in a row. */
  readonly #failures = new Map<object, number>();
  #downSinceMs = 0;

  constructor(pipeline: string, what: string, clock: Clock) {
    this.#pipeline = pipeline;
    this.#what = what;
    this.#clock = clock;
  }

  /** Counts a failure of this caller's and answers with the delay before its next try, in milliseconds. */
  failed(error: WeirError, caller: object): number {
    if (this.#failures.size === 0) {
      this.#downSinceMs = this.#clock.nowMs();
      this.#say("down", error.code, 0);
    }
    const failures = this.#failures.get(caller) ?? 0;
    this.#failures.set(caller, failures + 1);
    return Math.ceil(this.#clock.random() * Math.min(capMs, baseMs * 2 ** Math.min(failures, 20)));
  }

  answered(caller: object): void {
    this.#forget(caller, "answered");
  }

  /** The caller needs no answer any more: its work was given back. */
  abandoned(caller: object): void {
    this.#forget(caller, "nobody-waits");
  }

  #forget(caller: object, reason: string): void {
    if (this.#failures.size === 0 || !this.#failures.delete(caller) || this.#failures.size > 0) return;
    this.#say("up", reason, this.#clock.nowMs() - this.#downSinceMs);
  }

  #say(state: "down" | "up", reason: string, downMs: number): void {
    publish("dependency", { pipeline: this.#pipeline, what: this.#what, state, reason, downMs });
  }
}

/** Resolves after `delayMs`, or at once when `signal` aborts. */
export function wait(clock: Clock, delayMs: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      cancel();
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const cancel = clock.after(delayMs, finish);
    signal.addEventListener("abort", finish, { once: true });
  });
}
