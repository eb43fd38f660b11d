import path from "node:path";
import type { Phase } from "./work.ts";

/** Why a worker ended that should not have: it told so, or it was given up. */
export type WorkerFailure =
  | { readonly kind: "told"; readonly sentence: string; readonly code?: string; readonly place?: string }
  | { readonly kind: "late"; readonly phase: Phase; readonly afterMs: number }
  | { readonly kind: "silent"; readonly afterMs: number };

export interface FailedWorker {
  readonly worker: string;
  /** The module, as people may type it. */
  readonly file: string;
  readonly phase: Phase;
  /** Absent: it ended without a word. */
  readonly failure: WorkerFailure | undefined;
  readonly lastLines: readonly string[];
}

/** What it was doing, and what was awaited of it. */
const doing: Readonly<Record<Phase, string>> = {
  booting: "before its module was loaded",
  loading: "while its module was being loaded",
  preparing: "in prepare()",
  starting: "in start()",
  running: "while it was running",
  draining: "in drain()",
};

const awaited: Readonly<Record<Phase, string>> = {
  booting: "the process to come up",
  loading: "the module to be loaded",
  preparing: "prepare() to end",
  starting: "start() to answer, which it does once the worker runs: is the work itself awaited in there?",
  running: "a sign of life",
  draining: "`finished` to come after drain(): does the loop look whether it should stop?",
};

/** One sentence that names the file, what it was doing, and what was awaited. */
export function failureSentence(failed: FailedWorker): string {
  const { file, worker, phase, failure, lastLines } = failed;
  const head = `${file} (${worker})`;
  const words = lastLines.length > 0 ? `; its last words:\n  ${lastLines.join("\n  ")}` : "";
  if (failure === undefined) return `${head} ended without a reason, ${doing[phase]}${words}`;
  if (failure.kind === "silent") {
    const seconds = failure.afterMs / 1_000;
    return `${head} was killed: nothing was heard of it for ${seconds} s, ${doing[phase]}. An endless loop, work that blocks the process, or a machine that is far too busy`;
  }
  if (failure.kind === "late") {
    return `${head} was killed: waited ${failure.afterMs / 1_000} s for ${awaited[failure.phase]}`;
  }
  const place = failure.place === undefined ? "" : ` (${path.relative(process.cwd(), failure.place)})`;
  return `${head}, ${doing[phase]}: ${failure.sentence}${place}`;
}
