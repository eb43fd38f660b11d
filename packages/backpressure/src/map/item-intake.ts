export interface Taken<T> {
  readonly item: T;
  readonly index: number;
}

/** Where a map's items come from, one at a time and in order, whoever asks. */
export interface ItemIntake<T> {
  /** The next item; `undefined` when there is none. A promise only where the items come as promises. */
  take(): Taken<T> | undefined | Promise<Taken<T> | undefined>;
  /** Who waits for an item is told that there is none. */
  dismiss(): void;
  /** No more is wanted: the iterable may let go of what it holds. */
  close(): Promise<void>;
}

export function createIntake<T>(items: Iterable<T> | AsyncIterable<T>): ItemIntake<T> {
  return Symbol.asyncIterator in items
    ? new AsyncIntake(items[Symbol.asyncIterator]())
    : new SyncIntake(items[Symbol.iterator]());
}

class SyncIntake<T> implements ItemIntake<T> {
  readonly #iterator: Iterator<T>;
  #index = 0;
  #isOver = false;

  constructor(iterator: Iterator<T>) {
    this.#iterator = iterator;
  }

  take(): Taken<T> | undefined {
    if (this.#isOver) return undefined;
    try {
      const next = this.#iterator.next();
      if (next.done !== true) return { item: next.value, index: this.#index++ };
    } catch (thrown) {
      this.#isOver = true;
      throw thrown;
    }
    this.#isOver = true;
    return undefined;
  }

  dismiss(): void {}

  close(): Promise<void> {
    if (!this.#isOver) this.#iterator.return?.();
    this.#isOver = true;
    return Promise.resolve();
  }
}

class AsyncIntake<T> implements ItemIntake<T> {
  readonly #iterator: AsyncIterator<T>;
  #waiting: PromiseWithResolvers<Taken<T> | undefined>[] = [];
  #index = 0;
  #isOver = false;
  #isAsking = false;
  #isExhausted = false;

  constructor(iterator: AsyncIterator<T>) {
    this.#iterator = iterator;
  }

  take(): Promise<Taken<T> | undefined> {
    const turn = Promise.withResolvers<Taken<T> | undefined>();
    this.#waiting.push(turn);
    if (!this.#isAsking) void this.#serve();
    return turn.promise;
  }

  dismiss(): void {
    this.#isOver = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve(undefined);
  }

  async close(): Promise<void> {
    this.dismiss();
    if (this.#isExhausted) return;
    this.#isExhausted = true;
    const closing = Promise.resolve(this.#iterator.return?.());
    // A generator that hangs before its next item cannot be interrupted: it hears of the end when it goes on.
    if (this.#isAsking) void closing.catch(() => undefined);
    else await closing;
  }

  /** One `next` at a time: an iterator of somebody's own may not expect more, nor answer in order. */
  async #serve(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.length > 0 && !this.#isOver) {
      try {
        const next = await this.#iterator.next();
        if (next.done !== true) {
          this.#waiting.shift()?.resolve({ item: next.value, index: this.#index++ });
          continue;
        }
      } catch (thrown) {
        this.#waiting.shift()?.reject(thrown);
      }
      this.#isExhausted = true;
      this.dismiss();
    }
    this.#isAsking = false;
    // Asked again after the end.
    if (this.#isOver) this.dismiss();
  }
}
