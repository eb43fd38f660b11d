import { readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { JudgedClaim, Verdict } from "@weir/proof";
import type { Drill, Variant } from "../drill.ts";
import { tinyClaim, tinyDrill, tinyResult, type TinyDrill } from "../learner/tiny-drill.ts";
import { controlsOf, writeControls } from "./controls-file.ts";
import { type GateRun, runGate } from "./run-gate.ts";

let tiny: TinyDrill;
beforeEach(async () => {
  tiny = await tinyDrill();
  await writeFile(path.join(tiny.root, "history.ndjson"), '{"kind":"declared"}\n{"kind":"row"}\n{"kind":"end"}\n');
});
afterEach(() => rm(tiny.root, { recursive: true }));

const held: Verdict = { kind: "HOLDS", seen: 0, n: 5, isClose: false };
const broken: Verdict = { kind: "FALSIFIED", seen: 1, n: 5, witness: ["it was 41"] };
const open: Verdict = { kind: "UNKNOWN", cause: "the fault met nobody" };

/** What each variant of the tiny drill comes to, as it should be. */
const right: Readonly<Record<string, readonly [Verdict, Verdict]>> = {
  solution: [held, held],
  stub: [open, open],
  "off-by-one": [broken, held],
  "too-few": [held, broken],
};

interface Given {
  readonly verdicts?: Readonly<Record<string, readonly [Verdict, Verdict]>>;
  readonly judgeAgain?: (file: string) => Promise<readonly JudgedClaim[]>;
  readonly tiers?: readonly ("memory" | "real")[];
  readonly variants?: readonly Variant[];
}

async function gate(given: Given = {}) {
  const { verdicts = right, judgeAgain = () => Promise.resolve([]), tiers = ["memory"] } = given;
  const ran: string[] = [];
  const said: string[] = [];
  const run = ({ name }: Variant): Promise<GateRun> => {
    ran.push(name);
    const [first, second] = verdicts[name] ?? [open, open];
    const claims = [tinyClaim("I1", first), tinyClaim("I2", second)];
    return Promise.resolve({ result: tinyResult(claims, name), directory: tiny.root });
  };
  const drill: Drill = { ...tiny.drill, judgeAgain, variants: given.variants ?? tiny.drill.variants };
  const { signal } = new AbortController();
  const end = await runGate(drill, { run, tiers, say: (line) => said.push(line), signal });
  return { ...end, ran, said, escaped: end.controls.filter(({ caught }) => !caught).map(({ variant }) => variant) };
}

it("runs every variant and both histories, and nothing escapes where all is as it should be", async () => {
  const { controls, escaped, ran } = await gate();
  expect(ran).toEqual(["solution", "stub", "off-by-one", "too-few"]);
  expect(controls.map(({ variant }) => variant)).toEqual([...ran, "empty-history", "truncated-history"]);
  expect(escaped).toEqual([]);
});

it("a mistake that holds escapes, and is told with its reason", async () => {
  const { escaped, said } = await gate({ verdicts: { ...right, "too-few": [held, held] } });
  expect(escaped).toEqual(["too-few"]);
  expect(said.join("\n")).toContain("✗ too-few                falsifies I2: HOLDS, I2 held: the check cannot tell");
});

it("a run that could not be judged is tried again, at most three times; one that held is not", async () => {
  const unjudged = await gate({ verdicts: { ...right, "off-by-one": [open, held], "too-few": [held, held] } });
  expect(unjudged.ran.filter((name) => name === "off-by-one")).toHaveLength(3);
  expect(unjudged.ran.filter((name) => name === "too-few")).toHaveLength(1);
  expect(unjudged.escaped).toEqual(["off-by-one", "too-few"]);
});

it("a judge that finds something in an empty or in a cut history is caught at it", async () => {
  const always = await gate({ judgeAgain: () => Promise.resolve([tinyClaim("I1", held)]) });
  expect(always.escaped).toEqual(["empty-history", "truncated-history"]);
});

it("each way of cutting counts: a judge that overlooks only the missing end is caught", async () => {
  const withoutEnd = '{"kind":"declared"}\n{"kind":"row"}\n';
  const judgeAgain = async (file: string): Promise<readonly JudgedClaim[]> =>
    (await readFile(file, "utf8")) === withoutEnd ? [tinyClaim("I1", held)] : [tinyClaim("I1", open)];
  expect((await gate({ judgeAgain })).escaped).toEqual(["truncated-history"]);
});

it("what needs a tier that is not here is skipped, by name and with its reason", async () => {
  const shownBy = { tier: "real" } as const;
  const variants = tiny.drill.variants.map((each) => (each.name === "too-few" ? { ...each, shownBy } : each));
  const { skipped, ran } = await gate({ variants });
  expect(skipped).toEqual([{ variant: "too-few", reason: "needs the real tier" }]);
  expect(ran).not.toContain("too-few");
});

it("controls count for the commit that they were run on, and for no other", async () => {
  const { controls } = await gate();
  const ranAt = "2026-11-24T18:00:00.000Z";
  await writeControls(tiny.root, "09-tiny", { commit: "abc", dirty: false, ranAt, controls: [...controls] });
  expect(await controlsOf(tiny.root, "09-tiny", "abc")).toMatchObject({ commit: "abc", ranAt });
  expect(await controlsOf(tiny.root, "09-tiny", "def")).toBeUndefined();
  expect(await controlsOf(tiny.root, "09-tiny", null)).toBeUndefined();
  expect(await controlsOf(tiny.root, "08-none", "abc")).toBeUndefined();
});
