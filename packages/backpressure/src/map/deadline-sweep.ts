import type { CancelTimer, Clock } from "@weir/core";

const looksPerDeadline = 8;

/** Something that may take too long; `looks` is set to 0 whenever it begins anew. */
export interface Watched {
  readonly isBusy: boolean;
  looks: number;
}

/**
 * One timer for all: it looks eight times in a deadline, and the ninth sight of the same work is too late. A process that
 * was stopped does not take the time from its handlers that they did not have.
 */
export class DeadlineSweep<W extends Watched> {
  readonly #clock: Clock;
  readonly #watched: ReadonlySet<W>;
  readonly #everyMs: number;
  readonly #onLate: (late: W) => void;
  #cancel: CancelTimer = () => {};

  constructor(
    clock: Clock,
    { deadlineMs, watched, onLate }: { deadlineMs: number; watched: ReadonlySet<W>; onLate: (late: W) => void },
  ) {
    this.#clock = clock;
    this.#watched = watched;
    this.#everyMs = deadlineMs / looksPerDeadline;
    this.#onLate = onLate;
  }

  start(): void {
    this.#cancel = this.#clock.after(this.#everyMs, () => {
      for (const each of this.#watched) {
        if (!each.isBusy) continue;
        each.looks += 1;
        if (each.looks > looksPerDeadline) this.#onLate(each);
      }
      if (this.#watched.size > 0) this.start();
    });
  }

  stop(): void {
    this.#cancel();
  }
}
