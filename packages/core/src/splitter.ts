import { coreErrors } from "./errors.ts";
import type { Message } from "./message.ts";

/**
 * Decides where batches end by what is in them. `add` is called once for each message of a batch key, in the order in
 * which they are batched, and answers with the accumulator to go on with, and whether the batch ends with this message.
 * The accumulator carries on from batch to batch, whatever closed them. One is kept for each batch key.
 */
export interface Split<T = unknown, Acc = unknown> {
  start(): Acc;
  add(acc: Acc, message: Message<T>): { readonly acc: Acc; readonly emit: boolean };
}

/** The accumulators of a {@link Split}, by batch key. */
export class Splitter {
  readonly #split: Split<never>;
  readonly #accs = new Map<string, { acc: unknown }>();

  constructor(split: Split<never>) {
    this.#split = split;
  }

  /** Does the batch of this key end with this message? */
  add(key: string, message: Message): boolean {
    let held = this.#accs.get(key);
    if (held === undefined) this.#accs.set(key, (held = { acc: this.#split.start() }));
    const answer: unknown = this.#split.add(held.acc, message as Message<never>);
    if (typeof answer !== "object" || answer === null || !("acc" in answer && "emit" in answer)) {
      throw coreErrors.invalidAnswer("batch.split.add", message, "{ acc, emit }");
    }
    held.acc = answer.acc;
    return answer.emit === true;
  }
}
