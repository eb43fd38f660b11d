/** An error of the judge's own: the run proves nothing. Codes: `history-failed`, `history-unreadable`, `history-too-fast`, `no-browser`. */
export class ProofError extends Error {
  override readonly name = "ProofError";
  readonly code: string;

  constructor(code: string, sentence: string, cause?: unknown) {
    super(sentence, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

export const proofErrors = {
  /** The history cannot be written: disk full, no permission, file there already. */
  historyFailed: (cause: Error): ProofError =>
    new ProofError(
      "history-failed",
      `the history cannot be written (${cause.message}): without it nothing is proved`,
      cause,
    ),
  /** There is no such history, or it may not be read. */
  historyUnreadable: (cause: Error): ProofError =>
    new ProofError("history-unreadable", `the history cannot be read (${cause.message})`, cause),
  /** Evidence comes faster than the disk takes it. */
  historyTooFast: (bytesMax: number): ProofError =>
    new ProofError("history-too-fast", `more than ${bytesMax} bytes of evidence wait for the disk; use appendDurably`),
  /** A picture, or a test in a browser, and none is installed. */
  noBrowser: (): ProofError =>
    new ProofError("no-browser", "there is no Chromium on the PATH; on Debian: apt-get install chromium"),
} as const;
