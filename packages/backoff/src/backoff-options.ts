import { checkNumbers, refuseFaults, suggestion, type NumberOptions } from "@weir/core/options";

/**
 * How the ceiling grows with the attempt k = 1, 2, …, before the cap:
 * exponential base · 2^(k−1) · polynomial base · k^degree · fixed base.
 */
export type Growth = "exponential" | "polynomial" | "fixed";

/**
 * How a delay d lies under its ceiling c: none d = c · full d in 0–c · equal d in c/2–c ·
 * decorrelated d in base – min(cap, 3 · previous delay), whatever the growth.
 */
export type Jitter = "none" | "full" | "equal" | "decorrelated";

export interface BackoffOptions {
  /** Default `exponential`. */
  readonly growth?: Growth;
  /** Default `full`. */
  readonly jitter?: Jitter;
  readonly baseMs?: number;
  readonly capMs?: number;
  readonly attemptsMax?: number;
  /** Of `polynomial` growth alone. */
  readonly degree?: number;
}

export const growths: readonly Growth[] = ["exponential", "polynomial", "fixed"];
export const jitters: readonly Jitter[] = ["none", "full", "equal", "decorrelated"];

const day = 86_400_000;

export const backoffRows = {
  baseMs: {
    meaning: "ceiling of the first delay",
    unit: "ms",
    min: 1,
    max: day,
    default: 1_000,
    tooLow: "a service in trouble is hit again before it can recover",
    tooHigh: "a stumble of a moment costs everyone a long wait",
  },
  capMs: {
    meaning: "no ceiling is above it",
    unit: "ms",
    min: 1,
    max: 30 * day,
    default: 300_000,
    tooLow: "late attempts come as often as early ones",
    tooHigh: "what is mended long since is still waited for",
  },
  attemptsMax: {
    meaning: "after so many attempts there is no other",
    unit: "attempts",
    min: 1,
    max: 1_000,
    default: 12,
    tooLow: "an outage of minutes makes dead letters",
    tooHigh: "what never works is tried for days",
  },
  degree: {
    meaning: "power of polynomial growth",
    unit: "exponent",
    min: 1,
    max: 8,
    default: 2,
    tooLow: "1 is linear: hardly a back-off",
    tooHigh: "at the cap after a few attempts",
  },
} as const satisfies NumberOptions;

/** Every option, filled in. */
export type BackoffPlan = Required<BackoffOptions>;

/** Throws `invalid-options` with all faults at once. */
export function planBackoff(options: BackoffOptions): BackoffPlan {
  const faults = checkNumbers(backoffRows, options, { others: ["growth", "jitter"] });
  faults.push(...wordFaults("growth", options.growth, growths), ...wordFaults("jitter", options.jitter, jitters));
  const plan: BackoffPlan = {
    growth: options.growth ?? "exponential",
    jitter: options.jitter ?? "full",
    baseMs: options.baseMs ?? backoffRows.baseMs.default,
    capMs: options.capMs ?? backoffRows.capMs.default,
    attemptsMax: options.attemptsMax ?? backoffRows.attemptsMax.default,
    degree: options.degree ?? backoffRows.degree.default,
  };
  if (plan.capMs < plan.baseMs) faults.push(`capMs: expected at least baseMs (${plan.baseMs}), given ${plan.capMs}`);
  if (options.degree !== undefined && plan.growth !== "polynomial") {
    faults.push(`degree: only growth "polynomial" has one, and this is "${plan.growth}"`);
  }
  refuseFaults(faults);
  return plan;
}

function wordFaults(name: string, given: string | undefined, known: readonly string[]): string[] {
  if (given === undefined || known.includes(given)) return [];
  const hint = suggestion(given, known);
  return [`${name}: expected one of ${known.join(", ")}, given ${JSON.stringify(given)}${hint}`];
}
