import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Result } from "@weir/proof";

/** The newest run of a variant that `proofs/` holds; `undefined`: none of the kept ones. */
export async function lastResult(folder: string, variant: string): Promise<Result | undefined> {
  if (!existsSync(folder)) return undefined;
  const runs = (await readdir(folder)).filter((name) => /^\d{4}-\d{2}-\d{2}T/.test(name));
  for (const run of runs.toSorted().toReversed()) {
    const result = await readResult(path.join(folder, run, "result.json"));
    if (result?.variant === variant) return result;
  }
  return undefined;
}

async function readResult(file: string): Promise<Result | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Result;
  } catch {
    // A run that was left early, or somebody's own file: no verdict.
    return undefined;
  }
}
