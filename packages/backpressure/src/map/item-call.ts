/** What a handler is told beside the item. */
export interface ItemContext {
  /** The item's place among the items, from 0. */
  readonly index: number;
  /** Aborts when the item's deadline has passed, or when the map is called off. */
  readonly signal: AbortSignal;
}

/** One item at a handler. Its signal is made when somebody reads it: a controller per item costs more than many handlers. */
export class ItemCall implements ItemContext {
  readonly index: number;
  #controller: AbortController | undefined;

  constructor(index: number) {
    this.index = index;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    // A signal that is read only afterwards has aborted already.
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }
}
