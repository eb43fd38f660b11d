import type { Clock } from "@weir/core";

interface Waiter {
  readonly max: number;
  readonly resolve: (count: number) => void;
  readonly reject: (error: unknown) => void;
  /** Stops listening to its signal. */
  leave: () => void;
}

/** Those who wait for permits, served in the order in which they came. */
export class PermitQueue {
  readonly #clock: Clock;
  readonly #onEmpty: () => void;
  readonly #waiters: Waiter[] = [];
  #waitedMs = 0;
  #waitingSinceMs = 0;

  /** `onEmpty`: nobody waits any longer, and so no timer need. */
  constructor(clock: Clock, onEmpty: () => void) {
    this.#clock = clock;
    this.#onEmpty = onEmpty;
  }

  get waiting(): number {
    return this.#waiters.length;
  }

  /** Permits that all who wait would take together. */
  get wanted(): number {
    return this.#waiters.reduce((sum, { max }) => sum + max, 0);
  }

  /** How long somebody has waited, all in all. */
  get waitedMs(): number {
    return this.#waitedMs + (this.waiting > 0 ? this.#clock.nowMs() - this.#waitingSinceMs : 0);
  }

  /** Answers with 1 to `max` when it is served, with 0 when its signal aborts first. */
  wait(max: number, signal: AbortSignal | undefined): Promise<number> {
    return new Promise((resolve, reject) => {
      const waiter: Waiter = { max, resolve, reject, leave: () => {} };
      if (this.waiting === 0) this.#waitingSinceMs = this.#clock.nowMs();
      this.#waiters.push(waiter);
      if (signal === undefined) return;
      const onAbort = (): void => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        this.#noteEmpty();
        resolve(0);
      };
      signal.addEventListener("abort", onAbort, { once: true });
      waiter.leave = () => signal.removeEventListener("abort", onAbort);
    });
  }

  /** Serves one after the other, as long as `give` gives something. */
  serve(give: (max: number) => number): void {
    for (let first = this.#waiters[0]; first !== undefined; first = this.#waiters[0]) {
      const count = give(first.max);
      if (count === 0) return;
      this.#shift(first).resolve(count);
    }
  }

  refuse(error: unknown): void {
    for (let first = this.#waiters[0]; first !== undefined; first = this.#waiters[0]) this.#shift(first).reject(error);
  }

  #shift(first: Waiter): Waiter {
    this.#waiters.shift();
    first.leave();
    this.#noteEmpty();
    return first;
  }

  #noteEmpty(): void {
    if (this.waiting > 0) return;
    this.#waitedMs += this.#clock.nowMs() - this.#waitingSinceMs;
    this.#onEmpty();
  }
}
