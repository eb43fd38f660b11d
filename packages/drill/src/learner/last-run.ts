import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Result, VerdictKind } from "@weir/proof";

/** What of a learner's last run, and of the hints given, is remembered between commands. */
export interface LearnerState {
  readonly schema: 1;
  readonly verdict: VerdictKind;
  readonly tier: string;
  /** ISO 8601, UTC. */
  readonly ranAt: string;
  /** Of the run's evidence. */
  readonly directory: string;
  /** Ids of the claims that failed, the worst first; of a run in which nothing was judged, `start`. */
  readonly failed: readonly string[];
  /** By what failed: how many rungs of its hint were given. */
  readonly rungs: Readonly<Record<string, number>>;
}

export interface StateOf {
  readonly drill: { readonly id: string };
  /** The folder that holds the learner's files of all drills. */
  readonly folder: string;
}

const fileOf = ({ drill, folder }: StateOf): string => path.join(folder, ".state", `${drill.id}.json`);

/** `undefined`: there was no run, or what it left cannot be read. */
export async function readLastRun(mine: StateOf): Promise<LearnerState | undefined> {
  if (!existsSync(fileOf(mine))) return undefined;
  try {
    const state = JSON.parse(await readFile(fileOf(mine), "utf8")) as LearnerState;
    return state.schema === 1 && Array.isArray(state.failed) ? state : undefined;
  } catch {
    // Half a file, or somebody's own: the next run writes it anew.
    return undefined;
  }
}

export interface EndedRun {
  readonly result: Result;
  /** Why nothing was judged. */
  readonly why?: string;
  readonly directory: string;
}

/** Remembers a run. Rungs of what failed before and fails again stay given; what holds now is forgotten. */
export async function rememberRun(mine: StateOf, { result, why, directory }: EndedRun): Promise<void> {
  const failed = why === undefined ? failedClaims(result) : ["start"];
  const before = await readLastRun(mine);
  const rungs = Object.fromEntries(failed.map((id) => [id, before?.rungs[id] ?? 0]).filter(([, rung]) => rung !== 0));
  const { verdict, tier, startedAt } = result;
  await writeState(mine, { schema: 1, verdict, tier, ranAt: startedAt, directory, failed, rungs });
}

export async function rememberRung(mine: StateOf, state: LearnerState, rung: readonly [string, number]): Promise<void> {
  await writeState(mine, { ...state, rungs: { ...state.rungs, [rung[0]]: rung[1] } });
}

/** What was shown false comes before what could not be judged. */
export function failedClaims({ claims }: Result): string[] {
  const idsOf = (kind: VerdictKind): string[] =>
    claims.filter(({ verdict }) => verdict.kind === kind).map(({ id }) => id);
  return [...idsOf("FALSIFIED"), ...idsOf("UNKNOWN")];
}

async function writeState(mine: StateOf, state: LearnerState): Promise<void> {
  const file = fileOf(mine);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.unfinished`, `${JSON.stringify(state, null, 2)}\n`);
  await rename(`${file}.unfinished`, file);
}
