import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Tally } from "../tally-reporter.ts";
import { lastLines } from "./last-lines.ts";
import { runTurbo, type TurboRun } from "./run-turbo.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Types, lint and format side by side, then the tests alone: on two cores they would disturb each other's timing.
 * Neither hides the other: both run, whatever the first says. Answers with the exit code, 130 after Ctrl-C.
 */
export async function runSuite(testTask: "test:vitest" | "test:unit"): Promise<number> {
  mkdirSync(join(root, ".weir"), { recursive: true });
  const scratch = mkdtempSync(join(root, ".weir", "suite-"));
  const tallyFile = join(scratch, "tally.json");
  try {
    const options = { root, env: { ...process.env, WEIR_TALLY: tallyFile } };
    const fast = await runTurbo(["typecheck", "lint", "format"], { ...options, outputLogs: "errors-only" });
    const tests = fast.interrupted ? fast : await runTurbo([testTask], { ...options, outputLogs: "full" });
    const tally = totalOf(fast.failures, tests, readTally(tallyFile));
    console.log(lastLines(tally));
    if (tests.interrupted) return 130;
    return tally.failed === 0 ? 0 : 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Each failed task counts as one failed; that of the tests only if no test accounts for it. */
export function totalOf(fastFailures: readonly string[], tests: TurboRun, tally: Tally | undefined): Tally {
  const failures = [...fastFailures, ...(tally?.failures ?? [])];
  if (tests.interrupted) failures.push("interrupted: the tests did not run to their end");
  else if (tally === undefined) failures.push(`the tests never ran to their end (exit code ${tests.exitCode})`);
  else if (tests.exitCode !== 0 && tally.failed === 0) {
    failures.push(`the test run ended with exit code ${tests.exitCode}, though no test failed`);
  } else if (tally.passed === 0 && failures.length === 0) failures.push("no test passed");
  return { passed: tally?.passed ?? 0, skipped: tally?.skipped ?? [], failed: failures.length, failures };
}

function readTally(file: string): Tally | undefined {
  return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Tally) : undefined;
}
