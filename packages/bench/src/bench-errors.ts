import { WeirError } from "@weir/core";

const asked = (code: string, sentence: string): WeirError => new WeirError(code, sentence, { kind: "programming" });
const failed = (code: string, sentence: string): WeirError => new WeirError(code, sentence, { kind: "dependency" });

/** Errors of this package: code, when. */
export const benchErrors = {
  /** A set that does not exist, or a size that is no size. */
  invalidOptions: (sentence: string) => asked("invalid-options", sentence),
  /** A variant did not do the work that its speed would be the speed of. */
  wrongWork: (sentence: string) => asked("wrong-work", sentence),
  /** A case's process took longer than its deadline and was ended. */
  overdue: (name: string, deadlineMs: number) =>
    failed("overdue", `${name} took longer than ${deadlineMs / 1_000} s and was ended`),
  /** A case's process ended without figures; what it said is on stderr. */
  noFigures: (name: string, how: string) => failed("no-figures", `${name} ended without figures: ${how}`),
  /** The caller's signal was aborted. */
  interrupted: () => failed("interrupted", "interrupted before all figures were there"),
} as const;
