import { type Clock, systemClock } from "@weir/core";
import { checkNumbers, type NumberOptions, refuseFaults } from "@weir/core/options";
import { faultsErrors } from "./faults-errors.ts";

export interface OutageOptions {
  /** Makes the fault true, e.g. `proxy.cut`. */
  readonly start: () => Promise<unknown>;
  /** Heals it. Runs once, also after a `start` that failed: half a fault is one, too. */
  readonly end: () => Promise<unknown>;
  /** From the moment at which the fault is true. */
  readonly forMs: number;
  /** Aborted: heals at once. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/** Between the two moments the fault was true. */
export interface Outage {
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly lastedMs: number;
}

const numbers = {
  forMs: {
    meaning: "how long the fault holds",
    unit: "ms",
    min: 0,
    max: 3_600_000,
    default: undefined,
    tooLow: "nobody notices it",
    tooHigh: "the run waits for it",
  },
} as const satisfies NumberOptions;

/**
 * A fault for a stated time, healed whatever happens. An error of `start` or `end` is passed on as it is; of both, that
 * of `start`, with the other as the cause of a `fault-not-true`.
 *
 * @throws WeirError `invalid-options`, `interrupted`, `fault-not-true`
 */
export async function outage(options: OutageOptions): Promise<Outage> {
  const { start, end, forMs, signal, clock = systemClock } = options;
  refuseFaults(checkNumbers(numbers, { forMs }));
  if (isAborted(signal)) throw faultsErrors.interrupted("interrupted before the outage began");
  try {
    await start();
  } catch (cause) {
    await end().catch((second: unknown) => {
      throw faultsErrors.notTrue("a fault failed to start, and then to heal", new AggregateError([cause, second]));
    });
    throw cause;
  }
  const startedAtMs = clock.nowMs();
  await wait(clock, forMs, signal);
  const endedAtMs = clock.nowMs();
  await end();
  if (isAborted(signal)) throw faultsErrors.interrupted("interrupted during the outage, which is healed");
  return { startedAtMs, endedAtMs, lastedMs: endedAtMs - startedAtMs };
}

function wait(clock: Clock, forMs: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancelTimer = clock.after(forMs, resolve);
  const stop = (): void => {
    cancelTimer();
    resolve();
  };
  if (isAborted(signal)) stop();
  signal?.addEventListener("abort", stop, { once: true });
  return promise.finally(() => signal?.removeEventListener("abort", stop));
}

// A call, so that the second look is not taken for the first.
const isAborted = (signal: AbortSignal | undefined): boolean => signal?.aborted === true;
