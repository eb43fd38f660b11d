import { WeirError } from "@weir/core";

/** Errors of this package itself: code, when. Those of the options are `invalid-options`, of core. */
export const backpressureErrors = {
  /** A handler had no answer in time. It may still be at work, unheard: its effect may happen. */
  deadlineExceeded: (index: number, deadlineMs: number): WeirError =>
    new WeirError("deadline-exceeded", `item ${index} had no answer within ${deadlineMs} ms`, {
      kind: "dependency",
      definite: false,
    }),
  /** The caller's signal aborted, or it stopped reading: what was at work was told to stop. */
  cancelled: (what: string, cause: unknown): WeirError =>
    new WeirError("cancelled", `${what} was called off`, { kind: "dependency", definite: false, cause }),
  /** A method was called in a state in which it has no meaning. */
  wrongState: (what: string): WeirError => new WeirError("wrong-state", what, { kind: "programming" }),
  /** As many tasks wait for a thread as may wait: the same task may fit in later. */
  overloaded: (queuedMax: number): WeirError =>
    new WeirError("overloaded", `${queuedMax} tasks wait for a thread already`, { kind: "dependency" }),
  /** A thread ended while it worked on a task (out of memory, `process.exit`), or the result cannot be copied: the task is at fault. */
  threadLost: (cause: unknown): WeirError =>
    new WeirError("thread-lost", "the thread ended while it worked on this task, or its result cannot be copied", {
      kind: "row",
      definite: false,
      cause,
    }),
  /** The module of a thread pool cannot be loaded, or does not export a function of that name. */
  noThreadFunction: (sentence: string): WeirError =>
    new WeirError("no-thread-function", sentence, { kind: "programming" }),
  /** Permits come too late to be used: the round trip to Postgres takes longer than they hold. */
  permitsTooLate: (limit: string, tookMs: number, staleMaxMs: number): WeirError =>
    new WeirError(
      "permits-too-late",
      `rate limit ${limit}: the database took ${Math.round(tookMs)} ms to answer, and permits hold for ${staleMaxMs} ms`,
      { kind: "dependency" },
    ),
} as const;
