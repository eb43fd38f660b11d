import { systemClock, type CancelTimer, type Clock } from "@weir/core";
import { refuseFaults } from "@weir/core/options";
import { rateNumbers } from "../option-rows.ts";
import { Gcra } from "./gcra.ts";
import { PermitQueue } from "./permit-queue.ts";
import { rateFaults, readRate, type FullRate, type Rate } from "./rate.ts";

export interface RateLimit {
  readonly name: string;
  /** The most permits that one {@link take} answers with. */
  readonly atOnceMax: number;
  /**
   * Answers with 1 to `max` permits as soon as there are any: use them at once. With 0 when `signal` aborts. Who comes first
   * is served first. A shared limit rejects with what its database says, and with `permits-too-late`.
   */
  take(max: number, signal?: AbortSignal): Promise<number>;
  /** From now on this rate. Rejects with `invalid-options`; a shared limit also with what its database says. */
  change(rate: Rate): Promise<void>;
  readonly counts: RateLimitCounts;
}

export interface RateLimitCounts {
  /** Permits given out. */
  readonly given: number;
  /** Permits that were fetched and not used in time; 0 for a local limit. */
  readonly expired: number;
  /** Calls of `take` that wait right now. */
  readonly waiting: number;
  /** How long some call has waited, all in all: what the limit holds up. */
  readonly waitedMs: number;
  /** Statements that were sent; 0 for a local limit. */
  readonly roundTrips: number;
}

export interface RateLimitOptions extends Rate {
  readonly name: string;
  readonly clock?: Clock;
}

/** A limit for this process. Throws `invalid-options`, with all faults at once. */
export function createRateLimit(options: RateLimitOptions): RateLimit {
  const { name, clock, ...rate } = options;
  const faults = rateFaults(rateNumbers, rate, []);
  if (typeof name !== "string" || name === "") faults.push("name: expected a name");
  refuseFaults(faults);
  return new LocalRateLimit({ name, clock: clock ?? systemClock, rate: readRate(rate) });
}

class LocalRateLimit implements RateLimit {
  readonly name: string;
  readonly #clock: Clock;
  readonly #gcra: Gcra;
  readonly #queue: PermitQueue;
  #burst: number;
  #given = 0;
  #cancelTimer: CancelTimer | undefined;

  constructor({ name, clock, rate }: { name: string; clock: Clock; rate: FullRate }) {
    this.name = name;
    this.#clock = clock;
    this.#gcra = new Gcra(rate);
    this.#burst = rate.burst;
    this.#queue = new PermitQueue(clock, () => this.#disarm());
  }

  get atOnceMax(): number {
    return this.#burst;
  }

  get counts(): RateLimitCounts {
    const { waiting, waitedMs } = this.#queue;
    return { given: this.#given, expired: 0, waiting, waitedMs, roundTrips: 0 };
  }

  take(max: number, signal?: AbortSignal): Promise<number> {
    if (signal?.aborted === true) return Promise.resolve(0);
    const waiting = this.#queue.wait(max, signal);
    this.#serve();
    return waiting;
  }

  async change(rate: Rate): Promise<void> {
    const full = readRate(rate);
    this.#gcra.change(full, this.#clock.nowMs());
    this.#burst = full.burst;
    this.#serve();
  }

  #serve(): void {
    this.#disarm();
    const nowMs = this.#clock.nowMs();
    this.#queue.serve((max) => {
      const taken = this.#gcra.take(max, nowMs);
      this.#given += taken;
      return taken;
    });
    if (this.#queue.waiting === 0) return;
    // A timer that came a little early finds none, and waits once more.
    this.#cancelTimer = this.#clock.after(Math.max(1, Math.ceil(this.#gcra.waitMs(nowMs))), () => this.#serve());
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
