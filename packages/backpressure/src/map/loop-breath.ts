const targetMs = 5;

/**
 * Lets timers and sockets have their turn about every 5 ms: handlers that answer at once run as microtasks, and microtasks
 * alone starve everything else. Items are counted, because reading the clock for each would cost more than many handlers.
 */
export class LoopBreath {
  #quota = 64;
  #left = 64;
  #resumedAtMs = performance.now();
  #pause: Promise<void> | undefined;

  /** Counts one item. True: await {@link take} first. */
  isDue(): boolean {
    this.#left -= 1;
    return this.#left < 0;
  }

  take(): Promise<void> {
    this.#pause ??= new Promise((resolve) => {
      const elapsedMs = Math.max(0.01, performance.now() - this.#resumedAtMs);
      const fitting = Math.max(1, (this.#quota * targetMs) / elapsedMs);
      this.#quota = Math.round(Math.min(65_536, this.#quota * 2, fitting));
      setImmediate(() => {
        this.#left = this.#quota;
        this.#resumedAtMs = performance.now();
        this.#pause = undefined;
        resolve();
      });
    });
    return this.#pause;
  }
}
