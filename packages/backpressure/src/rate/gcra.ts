import type { FullRate } from "./rate.ts";

/**
 * The generic cell rate algorithm. Permits are due one every `perMs / permits`; one may be given before it is due, by as much
 * as `burst − 1` of them take. So any span of time t holds at most t · permits / perMs + burst: no window has an edge at
 * which twice the limit could pass. Pure: it is told the time.
 */
export class Gcra {
  #intervalMs: number;
  #burst: number;
  /** When the next permit is due. */
  #dueMs = -Infinity;

  constructor({ permits, perMs, burst }: FullRate) {
    this.#intervalMs = perMs / permits;
    this.#burst = burst;
  }

  /** Gives as many as there are, at most `max`. */
  take(max: number, nowMs: number): number {
    const dueMs = this.#dueAt(nowMs);
    const there = Math.floor((nowMs - dueMs) / this.#intervalMs + this.#burst);
    const taken = Math.max(0, Math.min(max, there));
    if (taken > 0) this.#dueMs = dueMs + taken * this.#intervalMs;
    return taken;
  }

  /** How long until there is one; 0: there is. */
  waitMs(nowMs: number): number {
    return Math.max(0, this.#dueAt(nowMs) - nowMs - (this.#burst - 1) * this.#intervalMs);
  }

  /** From now on this rate. What was given too early under the old one counts as so many permits of the new one. */
  change({ permits, perMs, burst }: FullRate, nowMs: number): void {
    const ahead = (this.#dueAt(nowMs) - nowMs) / this.#intervalMs;
    this.#intervalMs = perMs / permits;
    this.#burst = burst;
    this.#dueMs = nowMs + Math.min(ahead, burst) * this.#intervalMs;
  }

  /** Never further ahead than a full burst: a clock that was set back must not stop everything until it has caught up. */
  #dueAt(nowMs: number): number {
    this.#dueMs = Math.min(this.#dueMs, nowMs + this.#burst * this.#intervalMs);
    return Math.max(this.#dueMs, nowMs);
  }
}
