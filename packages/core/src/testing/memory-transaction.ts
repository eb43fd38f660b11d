/** Writes in memory that become visible together, or not at all. */
export class MemoryTransaction {
  readonly #writes: (() => void)[] = [];
  readonly #ends: (() => void)[] = [];

  /** Applied at the commit. */
  write(apply: () => void): void {
    this.#writes.push(apply);
  }

  /** Called at its end, committed or not. */
  onEnd(release: () => void): void {
    this.#ends.push(release);
  }

  async run<T>(work: (tx: MemoryTransaction) => Promise<T>): Promise<T> {
    try {
      const result = await work(this);
      for (const apply of this.#writes) apply();
      return result;
    } finally {
      for (const release of this.#ends) release();
    }
  }
}

/** One lock per name, given in the order of asking. */
export class MemoryLocks {
  readonly #last = new Map<string, Promise<void>>();

  /** Answers with the way to let go. */
  async take(name: string): Promise<() => void> {
    const before = this.#last.get(name);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#last.set(name, promise);
    await before;
    return resolve;
  }
}
