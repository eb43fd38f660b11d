import type { Comparison } from "./history.ts";

/** What a check saw: a number for the threshold, among how many, and the first few faults told as sentences. */
export interface Finding {
  readonly seen: number;
  readonly n: number;
  readonly witness: readonly string[];
}

export type Verdict =
  | { readonly kind: "HOLDS"; readonly seen: number; readonly n: number; readonly isClose: boolean }
  | { readonly kind: "FALSIFIED"; readonly seen: number; readonly n: number; readonly witness: readonly string[] }
  | { readonly kind: "UNKNOWN"; readonly cause: string };

export type VerdictKind = Verdict["kind"];

/** Within this share of its bound a claim that holds is noted as close. */
const closeShare = 0.05;

/** Nothing that was not looked at holds. */
export function verdictOf(finding: Finding, comparison: Comparison, threshold: number): Verdict {
  const { seen, n, witness } = finding;
  if (!Number.isFinite(seen) || !Number.isFinite(n)) return { kind: "UNKNOWN", cause: "the check gave no number" };
  if (n <= 0) return { kind: "UNKNOWN", cause: "there was nothing to look at" };
  if (!compares[comparison](seen, threshold)) return { kind: "FALSIFIED", seen, n, witness };
  const isClose =
    comparison !== "=" && threshold !== 0 && Math.abs(seen - threshold) <= closeShare * Math.abs(threshold);
  return { kind: "HOLDS", seen, n, isClose };
}

const compares: Readonly<Record<Comparison, (seen: number, threshold: number) => boolean>> = {
  "=": (seen, threshold) => seen === threshold,
  "≤": (seen, threshold) => seen <= threshold,
  "≥": (seen, threshold) => seen >= threshold,
};

/** The verdict on all: falsified if anything is, holds only if everything does; of nothing, unknown. */
export function worstVerdict(kinds: readonly VerdictKind[]): VerdictKind {
  if (kinds.includes("FALSIFIED")) return "FALSIFIED";
  return kinds.length > 0 && kinds.every((kind) => kind === "HOLDS") ? "HOLDS" : "UNKNOWN";
}
