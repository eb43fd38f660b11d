import type { CancelTimer, Clock } from "@weir/core";

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

/** For tests: time stands still until it is moved. */
export class ManualClock implements Clock {
  readonly #timers = new Set<Timer>();
  #nowMs = 0;
  #ids = 0;

  nowMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, callback: () => void): CancelTimer {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  random(): number {
    return 0.5;
  }

  id(): string {
    this.#ids += 1;
    return `id-${this.#ids}`;
  }

  get pending(): number {
    return this.#timers.size;
  }

  /** Moves on, firing each timer at its time. */
  advance(byMs: number): void {
    const untilMs = this.#nowMs + byMs;
    for (;;) {
      const due = [...this.#timers].filter(({ atMs }) => atMs <= untilMs).toSorted((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#timers.delete(due);
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      due.callback();
    }
    this.#nowMs = untilMs;
  }

  /** Moves on without firing anything: what a process sees that was stopped. */
  jump(byMs: number): void {
    this.#nowMs += byMs;
  }
}
