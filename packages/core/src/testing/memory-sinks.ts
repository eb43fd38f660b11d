import type { DeadLetter, DeadLetters } from "../dead-letters.ts";
import { describeMessage } from "../message.ts";
import { done } from "../outcome.ts";
import type { Batch, Outcomes, Sink } from "../sink.ts";

/** Keeps what it is given, once per origin and offset, in the order of arrival. */
export class MemorySink<T> implements Sink<T> {
  readonly name = "memory sink";
  readonly rows = new Map<string, T>();
  readonly batches: Batch<T>[] = [];
  /** Runs before each write; may wait, throw, or answer with outcomes of its own. */
  before: (batch: Batch<T>) => Outcomes | undefined | Promise<Outcomes | undefined> = () => undefined;

  async write(batch: Batch<T>): Promise<Outcomes> {
    const outcomes = await this.before(batch);
    this.batches.push(batch);
    for (const message of batch.messages) {
      const id = describeMessage(message);
      if (!this.rows.has(id)) this.rows.set(id, message.data);
    }
    return outcomes ?? done();
  }
}

/** Dead letters in memory, once per origin and offset. */
export class MemoryDeadLetters implements DeadLetters {
  readonly letters = new Map<string, DeadLetter>();
  /** Runs before each record; may wait or throw. */
  before: (letters: readonly DeadLetter[]) => void | Promise<void> = () => {};

  async record(letters: readonly DeadLetter[]): Promise<void> {
    await this.before(letters);
    for (const letter of letters) {
      const id = describeMessage(letter.message);
      if (!this.letters.has(id)) this.letters.set(id, letter);
    }
  }
}
