/** Where results go. A place reserves room before it takes an item, so that no result is ever without room. */
export interface Outlet {
  /** False: none now, {@link room} resolves when it is worth asking again. */
  reserve(): boolean;
  room(): Promise<void>;
  /** The reservation was not needed: there was no item. */
  release(): void;
  put(index: number, result: unknown): void;
  /** The run was stopped, or is over: nobody waits any longer. */
  wake(): void;
}

/** All results, in one array: there is always room. */
export class CollectedOutlet implements Outlet {
  readonly results: unknown[] = [];
  readonly #isOrdered: boolean;

  constructor(isOrdered: boolean) {
    this.#isOrdered = isOrdered;
  }

  reserve(): boolean {
    return true;
  }

  room(): Promise<void> {
    return Promise.resolve();
  }

  release(): void {}

  put(index: number, result: unknown): void {
    if (this.#isOrdered) this.results[index] = result;
    else this.results.push(result);
  }

  wake(): void {}
}

/** Results that a reader takes one by one; those that nobody has taken yet, and those still at work, are bounded. */
export class StreamedOutlet implements Outlet {
  readonly #isOrdered: boolean;
  readonly #aheadMax: number;
  readonly #ready = new Map<number, unknown>();
  #reserved = 0;
  #nextRead = 0;
  #puts = 0;
  #waiting: (() => void)[] = [];
  #wakeReader: () => void = () => {};

  constructor(isOrdered: boolean, aheadMax: number) {
    this.#isOrdered = isOrdered;
    this.#aheadMax = aheadMax;
  }

  reserve(): boolean {
    if (this.#reserved >= this.#aheadMax) return false;
    this.#reserved += 1;
    return true;
  }

  room(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  release(): void {
    this.#reserved -= 1;
    this.#wakeWaiting();
  }

  put(index: number, result: unknown): void {
    this.#ready.set(this.#isOrdered ? index : this.#puts, result);
    this.#puts += 1;
    this.#wakeReader();
  }

  wake(): void {
    this.#wakeWaiting();
    this.#wakeReader();
  }

  /** The next result, if it is there. */
  take(): { readonly result: unknown } | undefined {
    const result = this.#ready.get(this.#nextRead);
    if (result === undefined && !this.#ready.has(this.#nextRead)) return undefined;
    this.#ready.delete(this.#nextRead);
    this.#nextRead += 1;
    this.release();
    return { result };
  }

  /** Resolves when it is worth asking {@link take} again. */
  arrival(): Promise<void> {
    return new Promise((resolve) => (this.#wakeReader = resolve));
  }

  #wakeWaiting(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
