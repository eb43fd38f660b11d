import { describe, expect, it } from "vitest";
import { isCaught, type Control } from "./control.ts";
import { withControls } from "./result.ts";
import {
  controlsOfSample,
  falsified,
  holds,
  naiveControl,
  sampleClaim,
  sampleResult,
  unknown,
} from "./sample-result.ts";

const survivor: Control = { ...naiveControl, verdict: "HOLDS", caught: false, witness: [], cause: "I1 held" };
const controls = (...list: readonly Control[]): typeof controlsOfSample => ({ ...controlsOfSample, controls: list });
const kinds = (...list: readonly Control[]): string[] =>
  withControls(sampleResult([sampleClaim("I1", holds), sampleClaim("I2", holds)]), controls(...list)).claims.map(
    ({ verdict }) => verdict.kind,
  );

describe("a control", () => {
  it("is no catch without a witness, nor by a crash or an open verdict", () => {
    expect(isCaught(naiveControl)).toBe(true);
    for (const changes of [
      { witness: [] },
      { verdict: "CRASHED" },
      { verdict: "UNKNOWN" },
      { caught: false },
    ] as const) {
      expect(isCaught({ ...naiveControl, ...changes })).toBe(false);
    }
  });

  it("that survived leaves its claim, and no other, UNKNOWN", () => {
    expect(kinds(naiveControl)).toEqual(["HOLDS", "HOLDS"]);
    expect(kinds(naiveControl, survivor)).toEqual(["UNKNOWN", "HOLDS"]);
    expect(kinds({ ...naiveControl, witness: [] })).toEqual(["UNKNOWN", "HOLDS"]);
    const [claim] = withControls(sampleResult([sampleClaim("I1", holds)]), controls(survivor)).claims;
    expect(claim?.verdict).toEqual({ kind: "UNKNOWN", cause: "its control survived: commit-before-write (I1 held)" });
  });

  it.each(["stub", "empty-history", "truncated-history"] as const)(
    "of kind %s that survived leaves all open",
    (kind) => {
      expect(kinds({ ...survivor, kind })).toEqual(["UNKNOWN", "UNKNOWN"]);
    },
  );

  it("that survived takes nothing from a claim with a witness against it, nor from a cause that is known", () => {
    const result = sampleResult([sampleClaim("I1", falsified), sampleClaim("I1", unknown)]);
    expect(withControls(result, controls(survivor)).claims).toEqual(result.claims);
  });

  it("changes headline and verdict with the claims, and nothing where all were caught", () => {
    const result = sampleResult([sampleClaim("I1", holds)], { heldMeans: "Nothing was lost" });
    expect(withControls(result, controls(naiveControl))).toMatchObject({
      verdict: "HOLDS",
      finding: "Nothing was lost",
    });
    expect(withControls(result, controls(survivor))).toMatchObject({
      verdict: "UNKNOWN",
      finding: "1 of 1 claim could not be judged",
    });
  });
});
