import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Controls } from "../control.ts";
import { resultSchema, type Result } from "../result.ts";

/** The runs of one drill that are kept, the newest first. */
export interface DrillRuns {
  readonly drill: string;
  readonly runs: readonly KeptRun[];
  /** Directories of runs without a result that can be read: broken off, or of another schema. */
  readonly unreadable: number;
  /** What the last check of the checks found, of whatever commit. */
  readonly controls?: Controls;
}

export interface KeptRun {
  /** The name of its directory, which sorts by time. */
  readonly id: string;
  readonly result: Result;
}

/** Every drill of which something is kept. `proofs`: the folder that holds a folder for each drill. */
export async function readRuns(proofs: string): Promise<readonly DrillRuns[]> {
  const drills: DrillRuns[] = [];
  for (const drill of await foldersIn(proofs)) {
    const folder = path.join(proofs, drill);
    const ids = (await foldersIn(folder)).filter((name) => /^\d{4}-\d{2}-\d{2}T/.test(name)).toReversed();
    const read = await Promise.all(ids.map((id) => readKept(folder, id)));
    const runs = read.filter((run) => run !== undefined);
    const controls = await readJson<Controls>(path.join(folder, "controls.json"));
    if (ids.length === 0 && controls === undefined) continue;
    const known = controls !== undefined && Array.isArray(controls.controls) ? { controls } : {};
    drills.push({ drill, runs, unreadable: read.length - runs.length, ...known });
  }
  return drills;
}

async function readKept(folder: string, id: string): Promise<KeptRun | undefined> {
  const result = await readJson<Result>(path.join(folder, id, "result.json"));
  return result?.schema === resultSchema && Array.isArray(result.claims) ? { id, result } : undefined;
}

/** What somebody else left there, or half a file, is no reason to show nothing: `undefined`. */
async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as T;
  } catch {
    return undefined;
  }
}

/** Sorted. Links are not followed: `latest` leads to a run that is there anyway. */
async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .toSorted();
}
