import { positionsAfter, type Checkpointed, type Checkpoints } from "../checkpoints.ts";
import { describeMessage, type Message, type Origin } from "../message.ts";
import type { Claim, ClaimOptions, Ownership } from "../ownership.ts";
import { MemoryLocks, MemoryTransaction } from "./memory-transaction.ts";

/**
 * Owners in memory, for sinks and dead letters in memory: those that are given it write only under the highest fence. As in
 * a database, a claim stops new writes at once and then waits for those that are under way. Positions are kept beside the
 * effects of {@link transaction}.
 */
export class MemoryOwnership implements Ownership, Checkpoints<MemoryTransaction> {
  /** The highest fence of each origin. */
  readonly fences = new Map<string, number>();
  /** Where a new owner starts; empty: where the log's group has committed. */
  readonly positions = new Map<string, number>();
  /** Offsets that a checkpoint has stored at or above its origin's position. */
  readonly beyond = new Map<string, ReadonlySet<number>>();
  /** Stores of durable outcomes, by `describeMessage`; sinks and dead letters add their own. */
  readonly outcomes: ReadonlyMap<string, unknown>[] = [];
  /** Runs before each claim and each look-up; may wait or throw. */
  before: () => void | Promise<void> = () => {};
  readonly #underWay = new Map<string, Set<Promise<void>>>();
  readonly #rows = new MemoryLocks();

  async claim(originId: string, { isAnew = false }: ClaimOptions = {}): Promise<Claim> {
    await this.before();
    const letGo = await this.#rows.take(originId);
    const fence = (this.fences.get(originId) ?? 0) + 1;
    this.fences.set(originId, fence);
    if (isAnew) this.#forget(originId);
    letGo();
    for (const write of this.#underWay.get(originId) ?? []) await write;
    return { fence, position: this.positions.get(originId) ?? null, decided: this.#highestDecided(originId) };
  }

  async lookUp(messages: readonly Message[]): Promise<ReadonlySet<Message>> {
    await this.before();
    return new Set(messages.filter((message) => this.isDecided(message)));
  }

  isDecided(message: Message): boolean {
    const id = describeMessage(message);
    return this.#isCheckpointed(message) || this.outcomes.some((store) => store.has(id));
  }

  transaction<T>(work: (tx: MemoryTransaction) => Promise<T>): Promise<T> {
    return new MemoryTransaction().run(work);
  }

  async checkpoint<T>(tx: MemoryTransaction, messages: readonly Message<T>[]): Promise<Checkpointed<T>> {
    const origins = new Set(messages.map(({ origin }) => origin));
    for (const id of [...new Set([...origins].map((origin) => origin.id))].toSorted()) {
      tx.onEnd(await this.#rows.take(id));
    }
    const owned = new Set([...origins].filter(({ id, fence }) => fence === this.fences.get(id)));
    const mine = messages.filter(({ origin }) => owned.has(origin));
    const positions = positionsAfter(mine);
    const undecided = mine.filter((message) => !this.#isCheckpointed(message));
    tx.write(() => {
      for (const origin of owned) {
        const offsets = mine.filter((message) => message.origin === origin).map(({ offset }) => offset);
        this.#store(origin.id, positions.get(origin), offsets);
      }
    });
    return { undecided, fenced: new Set([...origins].filter((origin) => !owned.has(origin))) };
  }

  /** One fenced statement: `write` learns which origins are still owned, and claims of those wait until it has ended. */
  async guard<T>(origins: ReadonlySet<Origin>, write: (owned: ReadonlySet<Origin>) => Promise<T>): Promise<T> {
    const owned = new Set([...origins].filter(({ id, fence }) => fence === undefined || fence === this.fences.get(id)));
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const { id } of owned) this.#underWay.set(id, (this.#underWay.get(id) ?? new Set()).add(promise));
    try {
      return await write(owned);
    } finally {
      for (const { id } of owned) this.#underWay.get(id)?.delete(promise);
      resolve();
    }
  }

  #isCheckpointed({ origin, offset }: Message): boolean {
    return offset < (this.positions.get(origin.id) ?? -1) || this.beyond.get(origin.id)?.has(offset) === true;
  }

  #store(originId: string, position: number | undefined, offsets: readonly number[]): void {
    const all = new Set([...(this.beyond.get(originId) ?? []), ...offsets]);
    let highest = Math.max(this.positions.get(originId) ?? -1, position ?? -1);
    // Of two batches at the same time neither knows of the other: together they may reach further than both said.
    if (highest !== -1) while (all.has(highest)) highest += 1;
    if (highest !== -1) this.positions.set(originId, highest);
    this.beyond.set(originId, new Set([...all].filter((offset) => offset >= highest)));
  }

  #forget(originId: string): void {
    this.positions.delete(originId);
    this.beyond.delete(originId);
  }

  #highestDecided(originId: string): number {
    let highest = Math.max(-1, (this.positions.get(originId) ?? 0) - 1, ...(this.beyond.get(originId) ?? []));
    for (const id of this.outcomes.flatMap((store) => [...store.keys()])) {
      const at = id.lastIndexOf("@");
      if (id.slice(0, at) === originId) highest = Math.max(highest, Number(id.slice(at + 1)));
    }
    return highest;
  }
}
