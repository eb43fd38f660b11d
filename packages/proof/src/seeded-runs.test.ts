import { describe, expect, it } from "vitest";
import { falsified, holds, sampleClaim, unknown } from "./sample-result.ts";
import { seededClaims } from "./seeded-runs.ts";
import type { Verdict } from "./verdict.ts";

const runs = (...verdicts: readonly Verdict[]) => verdicts.map((verdict) => ({ claims: [sampleClaim("I1", verdict)] }));
const times = (n: number, verdict: Verdict): Verdict[] => Array.from({ length: n }, () => verdict);
const told = (...verdicts: readonly Verdict[]): string | undefined => seededClaims(runs(...verdicts))[0]?.told;
const seeds = "seeds vary the schedule, not the machine";

describe("runs with different seeds", () => {
  it("say how often it held, and what that excludes", () => {
    expect(told(...times(20, holds))).toBe(
      `held in 20 of 20 seeded runs (failure rates above 14 % excluded at 95 %; ${seeds})`,
    );
    expect(told(...times(300, holds))).toContain("above 1 % excluded");
    expect(told(...times(1000, holds))).toContain("above 0.3 % excluded");
    expect(told(holds)).toBe(`held in 1 of 1 seeded run (failure rates above 95 % excluded at 95 %; ${seeds})`);
  });

  it("never say that it held where one falsified it", () => {
    expect(told(...times(19, holds), falsified)).toBe(
      `falsified in 1 of 20 seeded runs (failure rates above 22 % excluded at 95 %; ${seeds})`,
    );
  });

  it("count no run that could not be judged for the claim", () => {
    expect(told(...times(18, holds), unknown, unknown)).toBe(
      `held in 18 of 20 seeded runs, unknown in 2 (of those judged, failure rates above 16 % excluded at 95 %; ${seeds})`,
    );
    expect(told(unknown, unknown)).toBe("unknown in all of 2 seeded runs");
  });

  it("leave a claim unknown in a run that did not make it", () => {
    const results = [...runs(holds), { claims: [] }];
    expect(seededClaims(results)).toMatchObject([{ id: "I1", held: 1, falsified: 0, unknown: 1 }]);
    expect(seededClaims([])).toEqual([]);
  });
});
