import { describe, expect, it } from "vitest";
import { toJsonLine, type ResultFacts } from "./result.ts";
import { close, falsified, holds, sampleClaim, sampleResult, unknown } from "./sample-result.ts";
import type { Verdict } from "./verdict.ts";

const resultOf = (...verdicts: readonly Verdict[]): ReturnType<typeof sampleResult> =>
  sampleResult(verdicts.map((verdict, index) => sampleClaim(`I${index + 1}`, verdict)));

describe("a result", () => {
  it.each([
    ["HOLDS", "All 2 claims held", [holds, close]],
    ["HOLDS", "The claim held", [holds]],
    ["FALSIFIED", "“Nothing is lost in I2” (I2) is false; 1 of 2 held", [holds, falsified]],
    ["FALSIFIED", "“Nothing is lost in I2” (I2) is false", [unknown, falsified]],
    ["FALSIFIED", "“Nothing is lost in I1” (I1) is false, and so is 1 more", [falsified, falsified]],
    ["FALSIFIED", "“Nothing is lost in I1” (I1) is false, and so are 2 more", [falsified, falsified, falsified]],
    ["UNKNOWN", "1 of 2 claims could not be judged; 1 of 2 held", [unknown, holds]],
    ["UNKNOWN", "1 of 1 claim could not be judged", [unknown]],
    ["UNKNOWN", "Nothing was claimed", []],
  ] as const)("is %s and says: %s", (verdict, finding, verdicts) => {
    expect(resultOf(...verdicts)).toMatchObject({ verdict, finding });
  });

  it("says what it means that all held only if all held", () => {
    const means = { heldMeans: "Nothing was lost" };
    expect(sampleResult([sampleClaim("I1", holds)], means).finding).toBe("Nothing was lost");
    for (const verdict of [falsified, unknown]) {
      expect(sampleResult([sampleClaim("I1", holds), sampleClaim("I2", verdict)], means).finding).not.toContain(
        "Nothing was lost;",
      );
      expect(sampleResult([sampleClaim("I1", verdict)], means).finding).not.toBe("Nothing was lost");
    }
    expect(sampleResult([], means).finding).toBe("Nothing was claimed");
  });

  it("has a verdict that its maker cannot choose", () => {
    const facts = { verdict: "HOLDS", finding: "All is well" } as Partial<ResultFacts>;
    expect(sampleResult([sampleClaim("I1", falsified)], facts)).toMatchObject({ verdict: "FALSIFIED" });
    expect(sampleResult([sampleClaim("I1", falsified)], facts).finding).toContain("is false");
  });

  it("has a gap where a look gave no number, as its file has", () => {
    const points = [NaN, 1, Infinity, null].map((value, seconds) => [seconds, value] as const);
    const { series } = sampleResult([], { series: [{ id: "lag", title: "Lag", unit: "", points }] });
    expect(series[0]?.points.map(([, value]) => value)).toEqual([null, 1, null, null]);
  });

  it("is one line of JSON for programs, with witness and cause", () => {
    const line = toJsonLine(resultOf(falsified, unknown), "proofs/00-tiny/latest");
    expect(line).not.toContain("\n");
    expect(JSON.parse(line)).toMatchObject({
      schema: 1,
      verdict: "FALSIFIED",
      seed: "71",
      claims: [
        { id: "I1", verdict: "FALSIFIED", witness: ["message 7 has no row", "so has 9"] },
        { id: "I2", verdict: "UNKNOWN", cause: unknown.kind === "UNKNOWN" ? unknown.cause : "" },
      ],
      directory: "proofs/00-tiny/latest",
    });
  });
});
