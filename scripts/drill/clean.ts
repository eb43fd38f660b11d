import { existsSync } from "node:fs";
import { readdir, rm } from "node:fs/promises";
import path from "node:path";
import { createInterface } from "node:readline/promises";
import { WeirError } from "@weir/core";
import { asTyped } from "./places.ts";

export interface CleanFlags {
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** Empties a folder of reports, after saying how many runs it holds. Answers with the exit code. */
export async function clean(folder: string, flags: CleanFlags): Promise<number> {
  const runs = existsSync(folder) ? await countRuns(folder) : 0;
  const what = `${runs} ${runs === 1 ? "run" : "runs"} in ${asTyped(folder)}`;
  if (!existsSync(folder) || flags.dryRun === true) {
    process.stdout.write(`${existsSync(folder) ? `Would remove ${what}` : "There is nothing to remove"}.\n`);
    return 0;
  }
  if (flags.yes !== true && !(await confirm(`Remove ${what}?`))) {
    process.stdout.write("Nothing was removed.\n");
    return 2;
  }
  await rm(folder, { recursive: true });
  process.stdout.write(`Removed ${what}.\n`);
  return 0;
}

/** Folders that are named after their moment, at any depth. */
async function countRuns(folder: string): Promise<number> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true });
  return all.filter((entry) => entry.isDirectory() && /^\d{4}-\d{2}-\d{2}T/.test(path.basename(entry.name))).length;
}

async function confirm(question: string): Promise<boolean> {
  if (!process.stdin.isTTY || !process.stderr.isTTY) {
    throw new WeirError("not-confirmed", `${question} Off a terminal, say so with --yes.`, { kind: "programming" });
  }
  const asking = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await asking.question(`${question} [y/N] `)).trim());
  } finally {
    asking.close();
  }
}
