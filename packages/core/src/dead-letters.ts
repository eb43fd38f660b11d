import type { Message } from "./message.ts";

export interface DeadLetter {
  readonly message: Message;
  /** Stable kebab-case word, e.g. `malformed-json`. */
  readonly reason: string;
  /** A sentence for people; may quote the input, never a secret. */
  readonly detail: string;
}

/**
 * The port through which a message is set aside. `record` resolves when all letters are durable, and only then is the
 * message settled. It may be called again with the same letters: a letter exists once per origin and offset.
 * Rejects with `WeirError`; `dependency` errors are retried, all others stop the pipeline. The letters of one call share
 * their origin. If somebody else has claimed it since: nothing is recorded, and the error's code is `fenced`.
 */
export interface DeadLetters {
  record(letters: readonly DeadLetter[]): Promise<void>;
}
