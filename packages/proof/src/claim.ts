import type { Comparison, DeclaredClaim } from "./history.ts";
import type { Finding } from "./verdict.ts";

/** A state that a run must really have reached for its claims to count. */
export interface Guard<Facts> {
  readonly id: string;
  readonly sentence: string;
  /** Reached if {@link reached} is at least this. */
  readonly min: number;
  readonly reached: (facts: Facts) => number;
}

/** A sentence that a run can show false. Declared before the run, looked at after it. */
export interface Claim<Facts> {
  readonly id: string;
  readonly sentence: string;
  /** How it is checked, in a few words. */
  readonly how: string;
  readonly comparison: Comparison;
  readonly threshold: number;
  readonly unit: string;
  readonly guards: readonly Guard<Facts>[];
  readonly look: (facts: Facts) => Finding;
}

/** What of the claims is written down before the run. */
export function declare<Facts>(claims: readonly Claim<Facts>[]): DeclaredClaim[] {
  return claims.map(({ id, sentence, comparison, threshold, unit, guards }) => ({
    id,
    sentence,
    comparison,
    threshold,
    unit,
    guards: guards.map((guard) => ({ id: guard.id, sentence: guard.sentence, min: guard.min })),
  }));
}
