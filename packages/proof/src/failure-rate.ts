import { binomialDistribution, bisect } from "simple-statistics";

/** Of all failure rates above what this answers, fewer than one run of tests in twenty would look as good. */
export const confidence = 0.95;

/**
 * The highest failure rate that is not excluded at 95 % after `failed` of `runs` failed: Clopper and Pearson's one-sided
 * bound. NaN of no runs.
 */
export function failureRateMax(failed: number, runs: number): number {
  if (!(Number.isInteger(runs) && Number.isInteger(failed) && runs > 0 && failed >= 0 && failed <= runs)) return NaN;
  if (failed === runs) return 1;
  if (failed === 0) return 1 - (1 - confidence) ** (1 / runs);
  // The more often it fails, the less likely it is to be seen failing this rarely: where that crosses 5 % is the bound.
  return bisect((rate) => atMost(failed, runs, rate) - (1 - confidence), failed / runs, 1, 100, 1e-9);
}

/** The chance that at most `failed` of `runs` fail. */
function atMost(failed: number, runs: number, rate: number): number {
  const chances = binomialDistribution(runs, rate) ?? [];
  return chances.slice(0, failed + 1).reduce((sum, chance) => sum + chance, 0);
}
