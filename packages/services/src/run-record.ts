import { mkdirSync, readFileSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isRunning, type ProcessIdentity, processSpace, signalProcess } from "./process-identity.ts";
import { processTree } from "./process-tree.ts";
import { removeFolder } from "./remove-folder.ts";

/** What a set of servers consists of, as `record.json` in its run folder holds it. Readable by its owner only. */
export interface RunRecord {
  readonly format: 1;
  /** Where the process ids below mean anything. */
  readonly space: string;
  readonly keeper: ProcessIdentity;
  readonly processes: Readonly<Record<string, ProcessIdentity>>;
  /** Removed with the set: the run folder itself and the data folders that had to lie elsewhere. */
  readonly folders: readonly string[];
  /** Present where the set is made of containers: how to find them. */
  readonly containers?: { readonly socketPath: string; readonly set: string };
  /** Present where the set is a container engine: it must be emptied while it still runs. */
  readonly engine?: EngineMark;
  /** Present while the set outlives whoever started it: what others need to reach it. */
  readonly reach?: Reach;
}

export interface EngineMark {
  readonly socketPath: string;
}

export interface Reach {
  readonly startedAt: string;
  readonly postgres: { readonly url: string; readonly version: string };
  readonly kafka: { readonly brokers: readonly string[]; readonly version: string };
}

/** The set that `services up` keeps has this name; all others have a random one. */
export const residentName = "up";

export const runsFolder = (state: string): string => join(state, "runs");

export function writeRecord(folder: string, record: RunRecord): void {
  mkdirSync(folder, { recursive: true });
  const next = join(folder, "record.json.next");
  writeFileSync(next, JSON.stringify(record), { mode: 0o600 });
  renameSync(next, join(folder, "record.json"));
}

/** Undefined where there is no record, or none that can be read. */
export function readRecord(folder: string): RunRecord | undefined {
  try {
    const record = JSON.parse(readFileSync(join(folder, "record.json"), "utf8")) as RunRecord;
    return record.format === 1 ? record : undefined;
  } catch {
    return undefined;
  }
}

export const isOfContainers = ({ containers, engine }: RunRecord): boolean =>
  containers !== undefined || engine !== undefined;

export const isHere = (record: RunRecord): boolean => record.space === processSpace();

/** Ends what is left of sets whose keeper was killed, and removes their folders. Answers with the count of such sets. */
export function sweepRuns(state: string): number {
  let swept = 0;
  for (const name of namesIn(runsFolder(state))) {
    const record = readRecord(join(runsFolder(state), name));
    // Containers are not ended by signals: `sweepSets` sees to them, and to engines of ours.
    if (record === undefined || isOfContainers(record)) continue;
    // Another container's set, seen through a shared folder, is not ours to judge.
    if (!isHere(record) || isRunning(record.keeper)) continue;
    endRecorded(record);
    swept += 1;
  }
  return swept;
}

/** The last resort where no keeper is left to do it in order: SIGKILL to each recorded process and what is below it. */
export function endRecorded(record: RunRecord): void {
  for (const process of Object.values(record.processes)) {
    if (!isRunning(process)) continue;
    for (const member of processTree(process.pid)) signalProcess(member, "SIGKILL");
  }
  for (const folder of record.folders) removeFolder(folder);
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // nothing was ever started
  }
}
