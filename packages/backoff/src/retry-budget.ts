import { checkNumbers, refuseFaults, type NumberOptions } from "@weir/core/options";

export interface RetryBudgetOptions {
  readonly retriesPerHundred?: number;
  readonly reserve?: number;
}

export const retryBudgetRows = {
  retriesPerHundred: {
    meaning: "retries that a hundred first attempts allow",
    unit: "retries",
    min: 0,
    max: 100,
    default: 10,
    tooLow: "stumbles of a single call are not retried",
    tooHigh: "a service that fails gets twice its load",
  },
  reserve: {
    meaning: "retries that may be saved up",
    unit: "retries",
    min: 1,
    max: 1_000_000,
    default: 100,
    tooLow: "a quiet hour saves nothing for a bad minute",
    tooHigh: "a bad minute is met with a burst",
  },
} as const satisfies NumberOptions;

/**
 * Keeps retries a small share of all calls: a steady stream above a service's capacity stays overloaded under any back-off,
 * unless most of the failures are not tried again.
 */
export interface RetryBudget {
  /** A first attempt was made: it earns a part of a retry. */
  earn(): void;
  /** May one be retried? True spends it. */
  spend(): boolean;
  /** Whole retries that are left. */
  readonly left: number;
}

/** Starts with its reserve full. Throws `invalid-options` with all faults at once. */
export function createRetryBudget(options: RetryBudgetOptions = {}): RetryBudget {
  refuseFaults(checkNumbers(retryBudgetRows, options));
  const { retriesPerHundred = retryBudgetRows.retriesPerHundred.default } = options;
  const { reserve = retryBudgetRows.reserve.default } = options;
  // In hundredths, so that a thousand small parts add up exactly.
  let hundredths = reserve * 100;
  return {
    earn: () => {
      hundredths = Math.min(reserve * 100, hundredths + retriesPerHundred);
    },
    spend: () => {
      if (hundredths < 100) return false;
      hundredths -= 100;
      return true;
    },
    get left() {
      return Math.floor(hundredths / 100);
    },
  };
}
