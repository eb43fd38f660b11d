import { Fifo } from "./fifo.ts";
import type { Processors } from "./processors.ts";

export interface DemandOptions {
  readonly processors: Processors;
  /** A pull is worth it once so many places are free. */
  readonly demandMin: number;
  /** How many messages one pull may bring: the margin that every origin's window keeps. */
  readonly pullMax: number;
  readonly sources: number;
}

/**
 * Deals the processors' free places out to the pumps, in the order in which they ask. Places that were dealt out are
 * taken until the pull has answered, so that all pulls in the air together never ask for more than is free. With several
 * sources none gets more than its share at once: one that waits for its input leaves the others theirs.
 */
export class Demand {
  readonly #options: DemandOptions;
  readonly #waiting = new Fifo<(places: number) => void>();
  #sources: number;
  #dealt = 0;
  #share = 0;
  #least = 0;

  constructor(options: DemandOptions) {
    this.#options = options;
    this.#sources = options.sources;
    this.resize();
    options.processors.onRoom = () => {
      if (this.#waiting.size > 0) this.deal();
    };
  }

  /** Places for one pull; 0: none now, {@link turn} waits for some. */
  take(): number {
    return this.#waiting.size > 0 ? 0 : this.#take();
  }

  /** Places for one pull, when it is this pump's turn; 0 after {@link dismiss}. */
  turn(): Promise<number> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** The pull has answered: what it brought stands in the processors at once, and then {@link deal} is called. */
  giveBack(places: number): void {
    this.#dealt -= places;
  }

  /** Serves those who wait, the first one first. */
  deal(): void {
    while (this.#waiting.size > 0) {
      const places = this.#take();
      if (places === 0) return;
      this.#waiting.shift()?.(places);
    }
  }

  /** Sends away all who wait: the pipeline pauses or stops. */
  dismiss(): void {
    for (let wake = this.#waiting.shift(); wake !== undefined; wake = this.#waiting.shift()) wake(0);
  }

  /** A source has come to its end: its share is the others'. */
  leave(): void {
    this.#sources -= 1;
    this.resize();
    this.deal();
  }

  /** The number of places has changed. */
  resize(): void {
    const { processors, demandMin, pullMax } = this.#options;
    const { insideMax, concurrency } = processors;
    const sources = Math.max(1, this.#sources);
    this.#share = Math.min(pullMax, sources === 1 ? insideMax : Math.max(1, Math.floor(insideMax / sources)));
    // What is surely free while every other source waits and all handlers but one hang: to ask for more would be to wait for ever.
    const surelyFree = insideMax - (concurrency - 1) - (sources - 1) * this.#share;
    this.#least = Math.max(1, Math.min(demandMin, surelyFree));
  }

  #take(): number {
    const free = this.#options.processors.free - this.#dealt;
    if (free < this.#least) return 0;
    const places = Math.min(free, this.#share);
    this.#dealt += places;
    return places;
  }
}
