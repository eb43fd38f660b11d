import { mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";

/** Runs of one drill that are kept. */
const keptMax = 20;

export interface RunDirectory {
  /** Sorts by time: `2026-11-24T15-02-11-417Z`. */
  readonly id: string;
  readonly path: string;
}

/** Makes `proofs/<drill>/<run>/`, and throws the oldest away beyond the last twenty. */
export async function createRunDirectory(proofs: string, drill: string, now: Date): Promise<RunDirectory> {
  const id = now.toISOString().replaceAll(/[:.]/g, "-");
  const folder = path.join(proofs, drill);
  const directory = path.join(folder, id);
  await mkdir(folder, { recursive: true });
  // Not recursive: two runs of the same millisecond must not write into one another's evidence.
  await mkdir(directory);
  const runs = (await readdir(folder)).filter((name) => /^\d{4}-\d{2}-\d{2}T/.test(name) && name !== id);
  // This run's own directory is never among them, even if the clock was set back.
  for (const old of runs.toSorted().slice(0, Math.max(0, runs.length + 1 - keptMax))) {
    await rm(path.join(folder, old), { recursive: true, force: true });
  }
  return { id, path: directory };
}

/** Lets `latest` lead to this run. Where links are not allowed, a file `latest.txt` names it. */
export async function pointLatest(run: RunDirectory): Promise<void> {
  const folder = path.dirname(run.path);
  const link = path.join(folder, "latest");
  const fresh = path.join(folder, `.latest-${run.id}`);
  try {
    await symlink(run.id, fresh);
    await rename(fresh, link);
  } catch {
    await rm(fresh, { force: true });
    await writeFile(path.join(folder, "latest.txt"), `${run.id}\n`);
  }
}
