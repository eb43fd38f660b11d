import { existsSync } from "node:fs";
import path from "node:path";
import { readLastRun } from "@weir/drill/learner";
import type { VerdictKind } from "@weir/proof";
import { type KnownDrill, knownDrills } from "./known-drills.ts";
import { lastResult } from "./last-verdicts.ts";
import type { Places } from "./places.ts";

/** Where one stands with one drill. */
export interface Standing {
  readonly number: number;
  readonly name: string;
  readonly shows: string;
  readonly isThere: boolean;
  /** Of the last run that is kept; `null`: none. */
  readonly solution: { readonly verdict: VerdictKind; readonly tier: string } | null;
  readonly mine: { readonly verdict: VerdictKind; readonly tier: string; readonly failed: readonly string[] } | null;
  readonly isBegun: boolean;
}

export async function standings(places: Places): Promise<readonly Standing[]> {
  return Promise.all(knownDrills.map((known) => standingOf(known, places)));
}

async function standingOf(known: KnownDrill, { mine, proofs }: Places): Promise<Standing> {
  const { number, id, name, shows, load } = known;
  const ran = await lastResult(path.join(proofs, id), "solution");
  const own = await readLastRun({ drill: known, folder: mine });
  return {
    number,
    name,
    shows,
    isThere: load !== undefined,
    solution: ran === undefined ? null : { verdict: ran.verdict, tier: ran.tier },
    mine: own === undefined ? null : { verdict: own.verdict, tier: own.tier, failed: own.failed },
    isBegun: existsSync(path.join(mine, id)),
  };
}

const glyphs = { HOLDS: "✓", FALSIFIED: "✗", UNKNOWN: "?" } as const;

/** One line a drill, and the one command to try next. */
export function listText(all: readonly Standing[]): string {
  const head = line(["", "drill", "solution", "mine", "what it shows"]);
  const lines = all.map((each) => line([String(each.number), each.name, solutionOf(each), mineOf(each), each.shows]));
  return [head, ...lines, "", `next: ${nextStep(all)}`].join("\n");
}

/** The widest of each, and two spaces: `5`, `dead letters`, `✗ FALSIFIED (memory)`. */
const widths = [3, 14, 22, 22, 0];
const line = (cells: readonly string[]): string =>
  cells
    .map((cell, i) => cell.padEnd(widths[i] ?? 0))
    .join("")
    .trimEnd();

function solutionOf({ isThere, solution }: Standing): string {
  if (!isThere) return "to come";
  return solution === null ? "not run yet" : told(solution);
}

function mineOf({ isThere, isBegun, mine }: Standing): string {
  if (!isThere) return "";
  if (mine === null) return isBegun ? "begun" : "–";
  const [first] = mine.failed;
  return mine.verdict === "HOLDS" || first === undefined ? told(mine) : `${glyphs[mine.verdict]} ${first} failed`;
}

const told = ({ verdict, tier }: { verdict: VerdictKind; tier: string }): string =>
  `${glyphs[verdict]} ${verdict}${tier === "memory" ? " (memory)" : ""}`;

/** The first drill that is there and not done decides. */
export function nextStep(all: readonly Standing[]): string {
  for (const { number, isThere, solution, mine, isBegun } of all) {
    if (!isThere) continue;
    const run = `pnpm drill ${number}`;
    if (solution === null && mine === null) return `${run}   (watch it being hurt)`;
    if (mine === null)
      return `${run} --mine   (${isBegun ? "your code, the same judge" : "write the hard part yourself"})`;
    if (mine.verdict !== "HOLDS") return `${run} --hint, then ${run} --mine`;
    if (mine.tier === "memory") return `${run} --mine   (it held on the memory tier: now on real servers)`;
  }
  return "pnpm proof   (everything at once, with its controls)";
}
