import { describeMessage, type Message, type Origin } from "../message.ts";
import type { Claim, Ownership } from "../ownership.ts";

/**
 * Owners in memory, for sinks and dead letters in memory: those that are given it write only under the highest fence. As in
 * a database, a claim stops new writes at once and then waits for those that are under way.
 */
export class MemoryOwnership implements Ownership {
  /** The highest fence of each origin. */
  readonly fences = new Map<string, number>();
  /** Where a new owner starts; empty: where the log's group has committed. */
  readonly positions = new Map<string, number>();
  /** Stores of durable outcomes, by `describeMessage`; sinks and dead letters add their own. */
  readonly outcomes: ReadonlyMap<string, unknown>[] = [];
  /** Runs before each claim and each look-up; may wait or throw. */
  before: () => void | Promise<void> = () => {};
  readonly #underWay = new Map<string, Set<Promise<void>>>();

  async claim(originId: string): Promise<Claim> {
    await this.before();
    const fence = (this.fences.get(originId) ?? 0) + 1;
    this.fences.set(originId, fence);
    for (const write of this.#underWay.get(originId) ?? []) await write;
    return { fence, position: this.positions.get(originId) ?? null, decided: this.#highestDecided(originId) };
  }

  async lookUp(messages: readonly Message[]): Promise<ReadonlySet<Message>> {
    await this.before();
    return new Set(messages.filter((message) => this.isDecided(message)));
  }

  isDecided(message: Message): boolean {
    const id = describeMessage(message);
    return this.outcomes.some((store) => store.has(id));
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

  #highestDecided(originId: string): number {
    let highest = -1;
    for (const id of this.outcomes.flatMap((store) => [...store.keys()])) {
      const at = id.lastIndexOf("@");
      if (id.slice(0, at) === originId) highest = Math.max(highest, Number(id.slice(at + 1)));
    }
    return highest;
  }
}
