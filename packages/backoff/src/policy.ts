import { planBackoff, type BackoffOptions, type BackoffPlan } from "./backoff-options.ts";
import { askedDelayMs, isPermanent } from "./verdict-on-error.ts";

/** An attempt that failed. */
export interface FailedAttempt {
  /** From 1. */
  readonly attempt: number;
  /** The delay that this attempt had waited, in ms; absent for the first. Decorrelated jitter grows from it. */
  readonly previousDelayMs?: number;
  /** What was thrown or answered: it may forbid another attempt, or ask for a delay of its own. */
  readonly error?: unknown;
}

/** `exhausted`: it was the last attempt. `permanent`: the error says that no attempt can help. */
export type BackoffAnswer =
  | { readonly kind: "retry"; readonly delayMs: number }
  | { readonly kind: "give-up"; readonly why: "exhausted" | "permanent" };

export interface Backoff {
  readonly plan: BackoffPlan;
  /** The longest delay after this attempt, in ms, were there no jitter: min(cap, growth). */
  ceilingMs(attempt: number): number;
  /**
   * What follows a failed attempt. A pure function of it and of `random` (0 ≤ random < 1): the same numbers give the
   * same delay, a whole number of ms.
   */
  next(failed: FailedAttempt, random: number): BackoffAnswer;
}

/** Throws `invalid-options` with all faults at once. */
export function createBackoff(options: BackoffOptions = {}): Backoff {
  const plan = planBackoff(options);
  const ceilingMs = (attempt: number): number => Math.min(plan.capMs, growthMs(plan, attempt));
  const drawMs = ({ attempt, previousDelayMs = plan.baseMs }: FailedAttempt, random: number): number => {
    if (plan.jitter === "decorrelated") {
      // The cap stands inside of the draw: laid over it, most of the late delays would be the cap itself.
      const topMs = Math.max(plan.baseMs, Math.min(plan.capMs, 3 * previousDelayMs));
      return plan.baseMs + random * (topMs - plan.baseMs);
    }
    const topMs = ceilingMs(attempt);
    if (plan.jitter === "none") return topMs;
    return plan.jitter === "full" ? random * topMs : topMs / 2 + (random * topMs) / 2;
  };
  return {
    plan,
    ceilingMs,
    next: (failed, random) => {
      if (isPermanent(failed.error)) return { kind: "give-up", why: "permanent" };
      if (failed.attempt >= plan.attemptsMax) return { kind: "give-up", why: "exhausted" };
      const ownMs = drawMs(failed, random);
      const askedMs = askedDelayMs(failed.error);
      // Asked for a delay, nobody comes earlier; jitter on top, or all who were asked come back at once.
      const delayMs = askedMs === undefined ? ownMs : askedMs + random * plan.baseMs;
      return { kind: "retry", delayMs: Math.round(delayMs) };
    },
  };
}

function growthMs({ growth, baseMs, degree }: BackoffPlan, attempt: number): number {
  if (growth === "fixed") return baseMs;
  return growth === "polynomial" ? baseMs * attempt ** degree : baseMs * 2 ** (attempt - 1);
}
