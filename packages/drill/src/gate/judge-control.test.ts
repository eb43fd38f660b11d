import { expect, it } from "vitest";
import type { Verdict } from "@weir/proof";
import type { RunEnd, Variant } from "../drill.ts";
import { tinyClaim, tinyResult } from "../learner/tiny-drill.ts";
import { judgeControl, judgeHistory } from "./judge-control.ts";

const held: Verdict = { kind: "HOLDS", seen: 0, n: 5, isClose: false };
const broken: Verdict = { kind: "FALSIFIED", seen: 1, n: 5, witness: ["it was 41"] };
const unwitnessed: Verdict = { kind: "FALSIFIED", seen: 1, n: 5, witness: [] };
const open: Verdict = { kind: "UNKNOWN", cause: "nobody looked" };
const run = { tier: "memory", fault: "kill" } as const;

const variantOf = (kind: Variant["kind"]): Variant => ({
  name: "one",
  kind,
  file: "one.ts",
  belief: "one is enough",
  ...(kind === "naive" && { falsifies: "I2" }),
});

/** A run in which I1 and I2 got these verdicts. */
function judged(kind: Variant["kind"], verdicts: readonly [Verdict, Verdict], why?: string) {
  const result = tinyResult([tinyClaim("I1", verdicts[0]), tinyClaim("I2", verdicts[1])]);
  const end: RunEnd = why === undefined ? { result } : { result, why };
  return judgeControl(variantOf(kind), run, end);
}

it("a mistake is caught by its named claim with a witness", () => {
  expect(judged("naive", [held, broken])).toMatchObject({
    kind: "naive",
    expected: "falsifies I2",
    falsifies: "I2",
    verdict: "FALSIFIED",
    caught: true,
    witness: ["it was 41"],
    tier: "memory",
    fault: "kill",
  });
});

const escapes: readonly { by: string; verdicts: readonly [Verdict, Verdict]; why?: string; verdict: string }[] = [
  { by: "another claim", verdicts: [broken, held], verdict: "HOLDS" },
  { by: "its claim without a witness", verdicts: [held, unwitnessed], verdict: "FALSIFIED" },
  { by: "its claim that could not be judged", verdicts: [broken, open], verdict: "UNKNOWN" },
  { by: "a crash, whatever the claims say", verdicts: [broken, broken], why: "it threw", verdict: "CRASHED" },
];

it.each(escapes)("a mistake is not caught by $by", ({ verdicts, why, verdict }) => {
  const control = judged("naive", verdicts, why);
  expect(control).toMatchObject({ caught: false, verdict });
  expect(control.cause).toBeTruthy();
});

it("a mistake whose claim was not claimed at all is not caught", () => {
  const variant: Variant = { ...variantOf("naive"), falsifies: "I9" };
  expect(judgeControl(variant, run, { result: tinyResult([tinyClaim("I1", broken)]) })).toMatchObject({
    caught: false,
  });
});

it.each(["solution", "right"] as const)("what is right (%s) must hold in every claim, and not only mostly", (kind) => {
  expect(judged(kind, [held, held])).toMatchObject({ kind, expected: "holds", caught: true });
  expect(judged(kind, [held, open])).toMatchObject({ caught: false, verdict: "UNKNOWN", cause: "I2: nobody looked" });
  expect(judged(kind, [held, broken])).toMatchObject({
    caught: false,
    cause: "I2 was falsified",
    witness: ["it was 41"],
  });
  expect(judged(kind, [held, held], "it threw")).toMatchObject({ caught: false, verdict: "CRASHED" });
});

it("the stub must fail, in whatever way", () => {
  expect(judged("stub", [held, held], "start() is still to be written")).toMatchObject({
    caught: true,
    verdict: "CRASHED",
  });
  expect(judged("stub", [held, open])).toMatchObject({ caught: true, verdict: "UNKNOWN" });
  expect(judged("stub", [held, held])).toMatchObject({ caught: false, verdict: "HOLDS" });
});

it("of a history that proves nothing, all must be unknown: a verdict either way is the check's fault", () => {
  expect(judgeHistory("empty-history", [])).toMatchObject({ caught: true, verdict: "UNKNOWN" });
  expect(judgeHistory("truncated-history", [tinyClaim("I1", open)])).toMatchObject({ caught: true });
  expect(judgeHistory("empty-history", [tinyClaim("I1", open), tinyClaim("I2", held)])).toMatchObject({
    caught: false,
    verdict: "HOLDS",
  });
  expect(judgeHistory("empty-history", [tinyClaim("I2", broken)])).toMatchObject({ caught: false });
});
