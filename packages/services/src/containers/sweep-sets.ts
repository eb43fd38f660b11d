import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { isRunning } from "../process-identity.ts";
import { isHere, readRecord, runsFolder, type RunRecord } from "../run-record.ts";
import { removeSet } from "./container-set.ts";

/** Removes what is left of sets of containers whose keeper was killed. Answers with the count of such sets. */
export async function sweepSets(state: string): Promise<number> {
  const abandoned = namesIn(runsFolder(state)).flatMap((name) => {
    const record = readRecord(join(runsFolder(state), name));
    return record !== undefined && isHere(record) && !isRunning(record.keeper) ? [record] : [];
  });
  const swept = await Promise.all(abandoned.map(sweep));
  return swept.filter(Boolean).length;
}

async function sweep({ containers, folders }: RunRecord): Promise<boolean> {
  if (containers === undefined) return false;
  try {
    await removeSet(containers, containers.set);
  } catch (cause) {
    // An engine that is gone for good took the set with it; one that is only stopped may come back with it.
    if (!isGone(cause)) return false;
  }
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
  return true;
}

/** There is no socket any more: not even one that nobody listens at. */
const isGone = (cause: unknown): boolean => cause instanceof Error && "code" in cause && cause.code === "ENOENT";

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // nothing was ever started
  }
}
