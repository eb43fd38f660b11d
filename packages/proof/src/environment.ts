import { execFile } from "node:child_process";
import os from "node:os";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Where a run took place, as far as it may matter to whoever reads of it. No names, no paths. */
export interface Environment {
  /** Absent where there is no git. */
  readonly commit: string | null;
  /** Was anything changed and not committed? */
  readonly isDirty: boolean;
  readonly node: string;
  readonly system: string;
  readonly cores: number;
  readonly memoryGiB: number;
  /** Of the servers, e.g. `{ Postgres: "18.4" }`. */
  readonly versions: Readonly<Record<string, string>>;
}

export async function describeEnvironment(
  folder: string,
  versions: Readonly<Record<string, string>>,
): Promise<Environment> {
  const commit = await git(folder, ["rev-parse", "--short=12", "HEAD"]);
  const changes = await git(folder, ["status", "--porcelain"]);
  return {
    commit,
    // Where git cannot say, nobody may believe that the commit is all there was.
    isDirty: commit !== null && changes !== "",
    node: process.versions.node,
    system: `${os.platform()} ${os.arch()}`,
    cores: os.availableParallelism(),
    memoryGiB: Math.round(os.totalmem() / 2 ** 30),
    versions,
  };
}

/** `null`: there is no git, or no commit. */
async function git(folder: string, args: readonly string[]): Promise<string | null> {
  try {
    const { stdout } = await run("git", ["-C", folder, ...args], { timeout: 10_000 });
    return stdout.trim();
  } catch {
    return null;
  }
}
