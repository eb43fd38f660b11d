import type { JudgedClaim } from "./judge.ts";
import type { VerdictKind } from "./verdict.ts";

/** A trial of the checks: something of which it is known beforehand how it must be judged. */
export interface Control {
  /** As after `--variant`; of a history that proves nothing, its kind. */
  readonly variant: string;
  readonly kind: "naive" | "right" | "stub" | "solution" | "empty-history" | "truncated-history";
  /** What one believes who writes this. */
  readonly belief: string;
  /** `falsifies I1`, `holds`, `unknown`, `fails` */
  readonly expected: string;
  /** Of a naive variant: the id of the claim that it must falsify. */
  readonly falsifies?: string;
  readonly verdict: VerdictKind | "CRASHED";
  /** Was it judged as expected? For what counts as a catch see {@link isCaught}. */
  readonly caught: boolean;
  readonly tier: string;
  readonly fault?: string;
  readonly witness: readonly string[];
  /** Why it was not caught, or how it failed. */
  readonly cause?: string;
}

/** All controls of one drill, and of which commit they speak. */
export interface Controls {
  readonly commit: string;
  readonly dirty: boolean;
  /** ISO 8601, UTC. */
  readonly ranAt: string;
  readonly controls: readonly Control[];
}

/** A mistake is caught only by its claim and with a witness: a crash is no catch, and neither is a bare verdict. */
export function isCaught({ kind, caught, verdict, witness }: Control): boolean {
  if (kind === "naive") return caught && verdict === "FALSIFIED" && witness.length > 0;
  return caught;
}

/** The controls that try this claim: the mistakes it must tell, and what no claim may let pass. */
export function controlsOf(claimId: string, { controls }: Controls): readonly Control[] {
  return controls.filter((control) => control.falsifies === claimId || triesAll.has(control.kind));
}

/** A judge that lets one of these hold can be believed in nothing. */
const triesAll: ReadonlySet<Control["kind"]> = new Set(["stub", "empty-history", "truncated-history"]);

/**
 * A claim that holds although its control survived is UNKNOWN: its check cannot tell. One that was falsified stays so:
 * what a check misses says nothing against the witness that it found.
 */
export function withSurvivors(claims: readonly JudgedClaim[], controls: Controls): readonly JudgedClaim[] {
  return claims.map((claim) => {
    if (claim.verdict.kind !== "HOLDS") return claim;
    const survivor = controlsOf(claim.id, controls).find((control) => !isCaught(control));
    if (survivor === undefined) return claim;
    const cause = `its control survived: ${survivor.variant}${survivor.cause === undefined ? "" : ` (${survivor.cause})`}`;
    return { ...claim, verdict: { kind: "UNKNOWN", cause } };
  });
}
