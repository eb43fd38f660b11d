import { WeirError } from "@weir/core";

const programming = { kind: "programming" } as const;

/** What the learner's commands refuse: code, when. */
export const learnerErrors = {
  /** The drill has no file to begin from yet. */
  noExercise: (drill: string): WeirError =>
    new WeirError("no-exercise", `${drill} has no exercise to begin from yet`, programming),
  /** `restore` without anything that was kept. */
  nothingKept: (drill: string): WeirError =>
    new WeirError(
      "nothing-kept",
      `nothing of ${drill} was kept: a copy is made before each reset and restore`,
      programming,
    ),
  /** A variant that the drill does not have. */
  unknownVariant: (sentence: string): WeirError => new WeirError("unknown-variant", sentence, programming),
  /** `--hint` before any run. */
  noRun: (command: string): WeirError =>
    new WeirError("no-run", `there is no run of yours to give a hint on: ${command}`, programming),
} as const;
