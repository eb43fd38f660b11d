import type { JudgedClaim, Verdict } from "@weir/proof";
import { expect, it } from "vitest";
import { countedClaims, countedText } from "./counted-claims.ts";

const held: Verdict = { kind: "HOLDS", seen: 0, n: 5, isClose: false };
const broken: Verdict = { kind: "FALSIFIED", seen: 1, n: 5, witness: [] };

function run(verdicts: Readonly<Record<string, Verdict>>): { claims: JudgedClaim[] } {
  const told = { sentence: "x", how: "x", unit: "x", comparison: "=", threshold: 0, guards: [] };
  return { claims: Object.entries(verdicts).map(([id, verdict]) => ({ id, ...told, verdict })) };
}

it("counts each claim over all runs; one that a run did not make is unknown in it", () => {
  const runs = [run({ I1: held, I2: held }), run({ I1: broken, I2: held }), run({ I1: held })];
  expect(countedClaims(runs)).toEqual([
    { id: "I1", held: 2, falsified: 1, unknown: 0 },
    { id: "I2", held: 2, falsified: 0, unknown: 1 },
  ]);
  expect(countedText(countedClaims(runs))).toBe(
    "0 of 2 claims held in 3 of 3 runs; I1 falsified in 1, unknown in 0; I2 falsified in 0, unknown in 1",
  );
});

it("says it in one piece where all held, and that nothing was judged where nothing was", () => {
  expect(countedText(countedClaims([run({ I1: held, I2: held })]))).toBe("2 of 2 claims held in 1 of 1 runs");
  expect(countedText([])).toBe("no run was judged");
});
