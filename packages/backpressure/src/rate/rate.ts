import { checkNumbers, refuseFaults, type NumberOptions } from "@weir/core/options";
import { rateNumbers, sharedRateNumbers } from "../option-rows.ts";

/** At most `permits` + `burst` in every window of `perMs`, wherever it begins. */
export interface Rate {
  readonly permits: number;
  readonly perMs?: number;
  readonly burst?: number;
}

export type FullRate = Required<Rate>;

/** Throws `invalid-options`, with all faults at once. */
export function readRate(rate: Rate): FullRate {
  refuseFaults(rateFaults(rateNumbers, rate, []));
  const { permits, perMs = rateNumbers.perMs.default, burst = Math.max(1, Math.floor(permits / 10)) } = rate;
  return { permits, perMs, burst };
}

/** A rate whose permits hold for `staleMaxMs` once fetched: some of the burst is kept back for those. */
export interface SharedRate extends Rate {
  readonly staleMaxMs?: number;
}

export type FullSharedRate = Required<SharedRate>;

/** Throws `invalid-options`, with all faults at once. */
export function readSharedRate(rate: SharedRate): FullSharedRate {
  const faults = rateFaults({ ...rateNumbers, ...sharedRateNumbers }, rate, []);
  refuseFaults(faults);
  const { permits, perMs = rateNumbers.perMs.default, staleMaxMs = sharedRateNumbers.staleMaxMs.default } = rate;
  const keptBack = Math.ceil((staleMaxMs * permits) / perMs);
  const burst = rate.burst ?? Math.max(keptBack + 1, 2 * keptBack, Math.floor(permits / 10));
  if (burst <= keptBack) {
    const sentence = `what comes in staleMaxMs and one more (${keptBack + 1}), given ${burst}`;
    refuseFaults([`burst: expected at least ${sentence}: raise burst or lower staleMaxMs`]);
  }
  return { permits, perMs, burst, staleMaxMs };
}

/** `others`: names beside the rate's own that the same object may hold. */
export function rateFaults(schema: NumberOptions, rate: Rate, others: readonly string[]): string[] {
  const faults = checkNumbers(schema, rate, { others });
  if (rate.permits === undefined) faults.push("permits: expected a whole number of permits in perMs, given undefined");
  return faults;
}
