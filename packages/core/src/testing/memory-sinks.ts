import type { DeadLetter, DeadLetters } from "../dead-letters.ts";
import { WeirError } from "../errors.ts";
import { describeMessage, type Message } from "../message.ts";
import { done, isOutcome, type Fenced, type Outcome } from "../outcome.ts";
import type { Batch, Outcomes, Sink } from "../sink.ts";
import type { MemoryOwnership } from "./memory-ownership.ts";

/** What writes in memory may be given: with an ownership they write for owners only. */
export interface MemoryStoreOptions {
  readonly ownership?: MemoryOwnership;
}

const fenced: Fenced = { kind: "fenced" };

/** Keeps what it is given, once per origin and offset, in the order of arrival. */
export class MemorySink<T> implements Sink<T> {
  readonly name = "memory sink";
  readonly rows = new Map<string, T>();
  readonly batches: Batch<T>[] = [];
  /** Runs before each write; may wait, throw, or answer with outcomes of its own. */
  before: (batch: Batch<T>) => Outcomes | undefined | Promise<Outcomes | undefined> = () => undefined;
  /** Runs inside of a fenced write, after its owners were looked at; may wait or throw. */
  during: () => void | Promise<void> = () => {};
  readonly #ownership: MemoryOwnership | undefined;

  constructor({ ownership }: MemoryStoreOptions = {}) {
    this.#ownership = ownership;
    ownership?.outcomes.push(this.rows);
  }

  async write(batch: Batch<T>): Promise<Outcomes> {
    const outcomes = (await this.before(batch)) ?? done();
    if (this.#ownership === undefined) {
      this.#put(batch, batch.messages);
      return outcomes;
    }
    const origins = new Set(batch.messages.map(({ origin }) => origin));
    return this.#ownership.guard(origins, async (owned) => {
      await this.during();
      const mine = batch.messages.filter(({ origin }) => owned.has(origin));
      this.#put(batch, mine);
      if (mine.length === batch.messages.length) return outcomes;
      return new Map(batch.messages.map((message) => [message as Message, answer(message, owned.has(message.origin))]));
    });

    function answer(message: Message, isOwned: boolean): Outcome | Fenced {
      if (!isOwned) return fenced;
      return isOutcome(outcomes) ? outcomes : ((outcomes as ReadonlyMap<Message, Outcome>).get(message) ?? done());
    }
  }

  #put(batch: Batch<T>, messages: readonly Message<T>[]): void {
    this.batches.push({ ...batch, messages });
    for (const message of messages) {
      const id = describeMessage(message);
      if (!this.rows.has(id)) this.rows.set(id, message.data);
    }
  }
}

/** Dead letters in memory, once per origin and offset. */
export class MemoryDeadLetters implements DeadLetters {
  readonly letters = new Map<string, DeadLetter>();
  /** Runs before each record; may wait or throw. */
  before: (letters: readonly DeadLetter[]) => void | Promise<void> = () => {};
  /** Runs inside of a fenced record, after its owner was looked at; may wait or throw. */
  during: () => void | Promise<void> = () => {};
  readonly #ownership: MemoryOwnership | undefined;

  constructor({ ownership }: MemoryStoreOptions = {}) {
    this.#ownership = ownership;
    ownership?.outcomes.push(this.letters);
  }

  async record(letters: readonly DeadLetter[]): Promise<void> {
    await this.before(letters);
    if (this.#ownership === undefined) return this.#put(letters);
    const origins = new Set(letters.map(({ message }) => message.origin));
    await this.#ownership.guard(origins, async (owned) => {
      await this.during();
      const refused = [...origins].find((origin) => !owned.has(origin));
      if (refused !== undefined) {
        throw new WeirError("fenced", `another owner has claimed ${refused.id}`, { kind: "dependency" });
      }
      this.#put(letters);
    });
  }

  #put(letters: readonly DeadLetter[]): void {
    for (const letter of letters) {
      const id = describeMessage(letter.message);
      if (!this.letters.has(id)) this.letters.set(id, letter);
    }
  }
}
