import type { Clock } from "./clock.ts";
import type { WeirError } from "./errors.ts";
import { publish } from "./events.ts";

const baseMs = 50;
const capMs = 2000;

/**
 * One thing outside that a pipeline needs. It remembers whether it answers, says so once per change, and gives the delay
 * before the next try: exponential from 50 ms to 2 s with full jitter, so that many workers do not come back at once.
 */
export class Dependency {
  readonly #pipeline: string;
  readonly #what: string;
  readonly #clock: Clock;
  #failures = 0;
  #downSinceMs = 0;

  constructor(pipeline: string, what: string, clock: Clock) {
    this.#pipeline = pipeline;
    this.#what = what;
    this.#clock = clock;
  }

  get isDown(): boolean {
    return this.#failures > 0;
  }

  /** Counts a failure and answers with the delay before the next try, in milliseconds. */
  failed(error: WeirError): number {
    if (this.#failures === 0) {
      this.#downSinceMs = this.#clock.nowMs();
      this.#say("down", error.code, 0);
    }
    const ceilingMs = Math.min(capMs, baseMs * 2 ** Math.min(this.#failures, 20));
    this.#failures += 1;
    return Math.ceil(this.#clock.random() * ceilingMs);
  }

  answered(): void {
    if (this.#failures === 0) return;
    this.#failures = 0;
    this.#say("up", "answered", this.#clock.nowMs() - this.#downSinceMs);
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
