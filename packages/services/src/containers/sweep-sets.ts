import { readdirSync } from "node:fs";
import { join } from "node:path";
import { emptyEngine } from "../engine/empty-engine.ts";
import { isRunning } from "../process-identity.ts";
import { removeFolder } from "../remove-folder.ts";
import { endRecorded, isHere, isOfContainers, readRecord, runsFolder, type RunRecord } from "../run-record.ts";
import { removeSet } from "./container-set.ts";

/** Removes what is left of sets of containers, and of engines of ours, whose keeper was killed. Answers with their count. */
export async function sweepSets(state: string): Promise<number> {
  const abandoned = namesIn(runsFolder(state)).flatMap((name) => {
    const record = readRecord(join(runsFolder(state), name));
    return record !== undefined && isHere(record) && !isRunning(record.keeper) && isOfContainers(record)
      ? [record]
      : [];
  });
  // An engine last: its containers may be a set of their own, and are gone when it is asked to empty itself.
  const sets = await Promise.all(abandoned.filter(({ engine }) => engine === undefined).map(sweepSet));
  const engines = await Promise.all(abandoned.filter(({ engine }) => engine !== undefined).map(sweepEngine));
  return [...sets, ...engines].filter(Boolean).length;
}

async function sweepSet({ containers, folders }: RunRecord): Promise<boolean> {
  if (containers === undefined) return false;
  try {
    await removeSet(containers, containers.set);
  } catch (cause) {
    // An engine that is gone for good took the set with it; one that is only stopped may come back with it.
    if (!isGone(cause)) return false;
  }
  for (const folder of folders) removeFolder(folder);
  return true;
}

/** Its containers are no children of its process: it must be asked to end them while it runs. */
async function sweepEngine(record: RunRecord): Promise<boolean> {
  if (record.engine === undefined) return false;
  await emptyEngine(record.engine).catch(() => undefined); // it may be dead already
  endRecorded(record);
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
