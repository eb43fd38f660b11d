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

const empty = Symbol("empty");

/** Results that a reader takes one by one; those that nobody has taken yet, and those still at work, are bounded. */
export class StreamedOutlet implements Outlet {
  static readonly empty = empty;
  readonly #isOrdered: boolean;
  readonly #aheadMax: number;
  /** A ring: no result is further ahead of the reader than there is room. */
  readonly #ready: unknown[];
  #reserved = 0;
  #nextRead = 0;
  #puts = 0;
  #waiting: (() => void)[] = [];
  #wakeReader: () => void = () => {};

  constructor(isOrdered: boolean, aheadMax: number) {
    this.#isOrdered = isOrdered;
    this.#aheadMax = aheadMax;
    this.#ready = [];
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
    // One place of room, one who is woken: all of them would find it taken, and wait again.
    this.#waiting.shift()?.();
  }

  put(index: number, result: unknown): void {
    const place = this.#isOrdered ? index : this.#puts;
    const at = place % this.#aheadMax;
    while (this.#ready.length < at) this.#ready.push(empty);
    this.#ready[at] = result;
    this.#puts += 1;
    if (place === this.#nextRead) this.#wakeReader();
  }

  wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
    this.#wakeReader();
  }

  /** The next result, or {@link StreamedOutlet.empty}. */
  take(): unknown {
    const at = this.#nextRead % this.#aheadMax;
    const result = at < this.#ready.length ? this.#ready[at] : empty;
    if (result === empty) return empty;
    this.#ready[at] = empty;
    this.#nextRead += 1;
    this.release();
    return result;
  }

  /** Resolves when it is worth asking {@link take} again. */
  arrival(): Promise<void> {
    return new Promise((resolve) => (this.#wakeReader = resolve));
  }
}
