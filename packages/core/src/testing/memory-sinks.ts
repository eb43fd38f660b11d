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

export interface MemorySinkOptions extends MemoryStoreOptions {
  /** Stores positions with the effects, and nothing beside them tells what is decided. Needs an ownership. */
  readonly keepsPositions?: boolean;
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
  /** Runs when a write is durable; may wait or throw, as where an answer is lost. */
  after: () => void | Promise<void> = () => {};
  readonly #ownership: MemoryOwnership | undefined;
  readonly #keepsPositions: boolean;

  constructor({ ownership, keepsPositions = false }: MemorySinkOptions = {}) {
    this.#ownership = ownership;
    this.#keepsPositions = keepsPositions;
    if (!keepsPositions) ownership?.outcomes.push(this.rows);
  }

  async write(batch: Batch<T>): Promise<Outcomes> {
    const outcomes = await this.#write(batch, (await this.before(batch)) ?? done());
    await this.after();
    return outcomes;
  }

  async #write(batch: Batch<T>, outcomes: Outcomes): Promise<Outcomes> {
    const ownership = this.#ownership;
    if (ownership === undefined) {
      this.#put(batch, batch.messages);
      return outcomes;
    }
    if (this.#keepsPositions) return this.#writeWithPositions(batch, outcomes, ownership);
    const origins = new Set(batch.messages.map(({ origin }) => origin));
    return ownership.guard(origins, async (owned) => {
      await this.during();
      const mine = batch.messages.filter(({ origin }) => owned.has(origin));
      this.#put(batch, mine);
      return mine.length === batch.messages.length
        ? outcomes
        : answers(batch, outcomes, ({ origin }) => owned.has(origin));
    });
  }

  #writeWithPositions(batch: Batch<T>, outcomes: Outcomes, ownership: MemoryOwnership): Promise<Outcomes> {
    return ownership.transaction(async (tx) => {
      const effects = batch.messages.filter((message) => outcomeOf(message, outcomes).kind === "done");
      const { undecided, fenced: refused } = await ownership.checkpoint(tx, effects);
      tx.write(() => this.#put(batch, undecided));
      await this.during();
      return answers(batch, outcomes, ({ origin }) => !refused.has(origin));
    });
  }

  #put(batch: Batch<T>, messages: readonly Message<T>[]): void {
    this.batches.push({ ...batch, messages });
    for (const message of messages) {
      const id = describeMessage(message);
      if (!this.rows.has(id)) this.rows.set(id, message.data);
    }
  }
}

function outcomeOf(message: Message, outcomes: Outcomes): Outcome {
  return isOutcome(outcomes) ? outcomes : ((outcomes as ReadonlyMap<Message, Outcome>).get(message) ?? done());
}

function answers<T>(batch: Batch<T>, outcomes: Outcomes, isOwned: (message: Message) => boolean): Outcomes {
  const answer = (message: Message): Outcome | Fenced => (isOwned(message) ? outcomeOf(message, outcomes) : fenced);
  return new Map(batch.messages.map((message) => [message as Message, answer(message)]));
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
