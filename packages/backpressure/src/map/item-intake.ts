export interface Taken<T> {
  readonly item: T;
  readonly index: number;
}

/** Where a map's items come from, one at a time and in order, whoever asks. */
export type ItemIntake<T> = SyncIntake<T> | AsyncIntake<T>;

export function createIntake<T>(items: Iterable<T> | AsyncIterable<T>): ItemIntake<T> {
  return Symbol.asyncIterator in Object(items)
    ? new AsyncIntake((items as AsyncIterable<T>)[Symbol.asyncIterator]())
    : new SyncIntake((items as Iterable<T>)[Symbol.iterator]());
}

/** Items that are there at once. Hot: it allocates nothing, and what was taken lies in its fields. */
export class SyncIntake<T> {
  item: T | undefined;
  index = -1;
  readonly #iterator: Iterator<T>;
  #isOver = false;

  constructor(iterator: Iterator<T>) {
    this.#iterator = iterator;
  }

  take(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    const next = this.#iterator.next();
    if (next.done === true) return false;
    // Only now: one that threw has come to its end.
    this.#isOver = false;
    this.item = next.value;
    this.index += 1;
    return true;
  }

  dismiss(): void {}

  close(): Promise<void> {
    if (!this.#isOver) this.#iterator.return?.();
    this.#isOver = true;
    return Promise.resolve();
  }
}

/** Items that come as promises. */
export class AsyncIntake<T> {
  readonly #iterator: AsyncIterator<T>;
  #waiting: PromiseWithResolvers<Taken<T> | undefined>[] = [];
  #index = 0;
  #isOver = false;
  #isAsking = false;
  #isExhausted = false;

  constructor(iterator: AsyncIterator<T>) {
    this.#iterator = iterator;
  }

  /** The next item; `undefined` when there is none. */
  take(): Promise<Taken<T> | undefined> {
    const turn = Promise.withResolvers<Taken<T> | undefined>();
    this.#waiting.push(turn);
    if (!this.#isAsking) void this.#serve();
    return turn.promise;
  }

  /** Who waits for an item is told that there is none. */
  dismiss(): void {
    this.#isOver = true;
    for (const { resolve } of this.#waiting.splice(0)) resolve(undefined);
  }

  /** No more is wanted: the iterable may let go of what it holds. */
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
