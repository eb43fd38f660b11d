import { describe, expect, it } from "vitest";
import { verdictOf, worstVerdict } from "./verdict.ts";

const finding = (seen: number, n = 10): { seen: number; n: number; witness: string[] } => ({ seen, n, witness: ["w"] });

describe("a verdict", () => {
  it.each([
    { seen: 0, comparison: "=", threshold: 0, kind: "HOLDS" },
    { seen: 1, comparison: "=", threshold: 0, kind: "FALSIFIED" },
    { seen: -1, comparison: "=", threshold: 0, kind: "FALSIFIED" },
    { seen: 64, comparison: "≤", threshold: 64, kind: "HOLDS" },
    { seen: 64.001, comparison: "≤", threshold: 64, kind: "FALSIFIED" },
    { seen: 0.7, comparison: "≥", threshold: 0.7, kind: "HOLDS" },
    { seen: 0.699, comparison: "≥", threshold: 0.7, kind: "FALSIFIED" },
  ] as const)("on $seen, wanted $comparison $threshold, is $kind", ({ seen, comparison, threshold, kind }) => {
    expect(verdictOf(finding(seen), comparison, threshold).kind).toBe(kind);
  });

  it("is UNKNOWN where there was nothing to look at", () => {
    for (const n of [0, -1]) {
      expect(verdictOf(finding(0, n), "=", 0)).toEqual({ kind: "UNKNOWN", cause: "there was nothing to look at" });
    }
  });

  it("is UNKNOWN where the check gave no number", () => {
    for (const [seen, n] of [
      [NaN, 10],
      [Infinity, 10],
      [-Infinity, 10],
      [0, NaN],
      [0, Infinity],
    ] as const) {
      expect(verdictOf(finding(seen, n), "≤", 5)).toEqual({ kind: "UNKNOWN", cause: "the check gave no number" });
    }
  });

  it("against a threshold that is no number never holds", () => {
    for (const comparison of ["=", "≤", "≥"] as const) {
      expect(verdictOf(finding(0), comparison, NaN).kind).not.toBe("HOLDS");
    }
  });

  it("keeps what was seen, among how many, and the witness", () => {
    expect(verdictOf(finding(3, 40), "=", 0)).toEqual({ kind: "FALSIFIED", seen: 3, n: 40, witness: ["w"] });
  });

  it("is noted as close within 5 % of its bound, and never where equality or nothing is wanted", () => {
    expect(verdictOf(finding(95), "≤", 100)).toMatchObject({ isClose: true });
    expect(verdictOf(finding(94.9), "≤", 100)).toMatchObject({ isClose: false });
    expect(verdictOf(finding(105), "≥", 100)).toMatchObject({ isClose: true });
    expect(verdictOf(finding(5), "=", 5)).toMatchObject({ isClose: false });
    expect(verdictOf(finding(0), "≤", 0)).toMatchObject({ isClose: false });
  });
});

describe("the verdict on all", () => {
  it("holds only if each holds", () => {
    expect(worstVerdict(["HOLDS", "HOLDS"])).toBe("HOLDS");
    expect(worstVerdict(["HOLDS", "UNKNOWN"])).toBe("UNKNOWN");
    expect(worstVerdict(["UNKNOWN", "FALSIFIED", "HOLDS"])).toBe("FALSIFIED");
  });

  it("is UNKNOWN when nothing was claimed", () => {
    expect(worstVerdict([])).toBe("UNKNOWN");
  });
});
