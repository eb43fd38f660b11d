import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import type { Reporter, TestCase, TestModule, TestSuite } from "vitest/node";

/** What a test run came to. `failures` has one line for each of `failed`. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: readonly { readonly title: string; readonly reason: string }[];
  readonly failures: readonly string[];
}

/**
 * Counts truly: vitest's own last lines leave out files that don't load, hooks that fail and errors that nobody caught.
 * A test that did not run has failed too, unless it gives its reason to be skipped.
 */
export function tallyOf(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): Tally {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const holders = modules.flatMap((module) => [module, ...module.children.allSuites()]);
  const skipped = tests.filter((test) => test.result().state === "skipped" && reasonOf(test) !== undefined);
  const passed = tests.filter((test) => test.result().state === "passed");
  const failures = [
    ...holders.filter((holder) => holder.errors().length > 0).map((holder) => `${nameOf(holder)}: ${faultOf(holder)}`),
    ...tests.filter((test) => !passed.includes(test) && !skipped.includes(test)).map(sentenceOf),
    ...unhandledErrors.map((error) => `an error that nobody caught: ${messageOf(error)}`),
  ];
  return {
    passed: passed.length,
    failed: failures.length,
    skipped: skipped.map((test) => ({ title: test.fullName, reason: reasonOf(test) ?? "" })),
    failures,
  };
}

/** Writes the tally to the file that `WEIR_TALLY` names; without it, it says nothing. */
export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly unknown[]): void {
    const file = process.env["WEIR_TALLY"];
    if (file === undefined) return;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, JSON.stringify(tallyOf(modules, unhandledErrors)));
  }
}

/** `context.skip("reason")` leaves a note, `{ meta: { reason } }` stands at the test or at a suite around it. */
function reasonOf(test: TestCase): string | undefined {
  const result = test.result();
  if (result.state === "skipped" && result.note !== undefined) return result.note;
  for (let at: TestCase | TestSuite | TestModule = test; at.type !== "module"; at = at.parent) {
    const meta: object = at.meta();
    if ("reason" in meta && typeof meta.reason === "string") return meta.reason;
  }
  return undefined;
}

function sentenceOf(test: TestCase): string {
  const state = test.result().state;
  const what = { failed: "failed", pending: "did not end", passed: "passed", skipped: "did not run, without a reason" }[
    state
  ];
  return `${nameOf(test.module)} > ${test.fullName}: ${what}`;
}

function nameOf(at: TestModule | TestSuite): string {
  return at.type === "module" ? at.relativeModuleId : `${at.module.relativeModuleId} > ${at.fullName}`;
}

function faultOf(at: TestModule | TestSuite): string {
  return at.type === "module" ? "does not load, or a hook of it failed" : "a hook of it failed";
}

function messageOf(error: unknown): string {
  return typeof error === "object" && error !== null && "message" in error ? String(error.message) : String(error);
}
