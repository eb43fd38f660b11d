/**
 * Who pays for a failure:
 * - `row`: this one message is at fault. The rest of its batch is written; it alone becomes a dead letter.
 * - `dependency`: a server or the network is at fault. No message pays an attempt; the pipeline backs off and goes on.
 * - `programming`: the code or its configuration is at fault. The pipeline stops with this error's sentence.
 */
export type ErrorKind = "row" | "dependency" | "programming";

export interface WeirErrorOptions {
  readonly kind: ErrorKind;
  /** Is it certain that no effect happened? False after a lost answer: the effect may be there. Default true. */
  readonly definite?: boolean;
  readonly cause?: unknown;
}

/**
 * The only error type that crosses a package's edge: adapters translate foreign errors into it.
 * Callers decide on `code` and `kind`, never on the text of `message`.
 */
export class WeirError extends Error {
  override readonly name = "WeirError";
  /** Stable, kebab-case, e.g. `connection-lost`. */
  readonly code: string;
  readonly kind: ErrorKind;
  readonly definite: boolean;

  constructor(code: string, sentence: string, options: WeirErrorOptions) {
    super(sentence, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.kind = options.kind;
    this.definite = options.definite ?? true;
  }

  /** The same call may succeed later without anybody changing anything. */
  get retryable(): boolean {
    return this.kind === "dependency";
  }
}

/** Errors of core itself: code, when. All but `close-timeout` and `overloaded` are `programming`. */
export const coreErrors = {
  /** Options given to a factory are out of range, unknown or missing; lists all of them. */
  invalidOptions: (lines: readonly string[]): WeirError =>
    new WeirError("invalid-options", `invalid options:\n${lines.map((line) => `  - ${line}`).join("\n")}`, {
      kind: "programming",
    }),
  /** A source answered `pull(max)` with more than `max` messages, with none, or with a message twice. */
  brokenSource: (source: string, what: string): WeirError =>
    new WeirError("broken-source", `source ${source} ${what}`, { kind: "programming" }),
  /** The sink or the source did not close in time. What was settled stays settled. */
  closeTimeout: (what: string, afterMs: number): WeirError =>
    new WeirError("close-timeout", `${what} did not close within ${afterMs} ms`, {
      kind: "dependency",
      definite: false,
    }),
  /** A function among the options answered with what no one can work with. */
  invalidAnswer: (
    what: string,
    message: { readonly origin: { readonly id: string }; readonly offset: number },
    expected: string,
  ): WeirError =>
    new WeirError(
      "invalid-answer",
      `${what} was wrong about ${message.origin.id}@${message.offset}: expected ${expected}`,
      {
        kind: "programming",
      },
    ),
  /** A push source is full, and its policy is to refuse: the same push may fit in later. */
  overloaded: (source: string, bufferMax: number): WeirError =>
    new WeirError("overloaded", `source ${source} holds ${bufferMax} messages that nobody has taken yet`, {
      kind: "dependency",
    }),
  /** A method was called in a state in which it has no meaning. */
  wrongState: (what: string): WeirError => new WeirError("wrong-state", what, { kind: "programming" }),
} as const;

/** Anything thrown, as a `WeirError`: an unknown error is a programming error, with the original as its cause. */
export function asWeirError(thrown: unknown): WeirError {
  if (thrown instanceof WeirError) return thrown;
  const sentence = thrown instanceof Error ? `${thrown.name}: ${thrown.message}` : String(thrown);
  return new WeirError("unexpected", sentence, { kind: "programming", cause: thrown });
}
