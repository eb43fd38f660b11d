import { WeirError } from "@weir/core";

const programming = (code: string, sentence: string): WeirError =>
  new WeirError(code, sentence, { kind: "programming" });

/** Errors of what the drills share: code, when. */
export const drillErrors = {
  /** A reader was polled while a poll was under way. */
  pollUnderWay: () => programming("poll-under-way", "poll() was called while another poll() waits: one at a time"),
  /** A module of a variant exports no `solution` with `prepare` and `start`. */
  noSolution: (what: string) =>
    programming("no-solution", `exports no \`solution\` with prepare() and start(): ${what}`),
  /** `start` answered with something that is no running worker. */
  notRunning: (missing: readonly string[]) =>
    programming("not-running", `start() answered without ${missing.join(", ")}: it answers once the worker runs`),
  /** `finished` resolved though nobody had asked for a drain. */
  endedEarly: () =>
    programming("ended-early", "`finished` came though nobody had asked for a drain: is the work awaited in there?"),
  /** The worker asks for a topic in a drill that has none. */
  noTopic: () => programming("no-topic", "this run has no topic"),
  /** The process of the judge, which holds the log, has gone. */
  logAway: () => new WeirError("log-away", "the log cannot be reached", { kind: "dependency" }),
  /** The drain's deadline came before the settle was answered. */
  settleAborted: () =>
    new WeirError("settle-aborted", "the settle was given up at the drain's deadline", {
      kind: "dependency",
      definite: false,
    }),
  /** A run cannot be made on this tier. */
  wrongTier: (what: string) => programming("wrong-tier", what),
};
