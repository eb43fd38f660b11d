const targetMs = 5;
const quotaMin = 16;
const quotaMax = 65_536;

/**
 * Lets timers and sockets have their turn. Handlers that resolve at once run as microtasks, and microtasks alone starve
 * everything else (timer lag 500 ms). All workers together stop for one macrotask about every 5 ms: they count messages
 * and learn how many make 5 ms, because reading the clock for each costs an eighth of the speed.
 */
export class Breath {
  #quota = 256;
  #left = 256;
  #resumedAt = performance.now();
  #pause: Promise<void> | null = null;

  /** Counts one message. True: await {@link take} before the next. */
  due(): boolean {
    this.#left -= 1;
    return this.#left <= 0;
  }

  take(): Promise<void> {
    this.#pause ??= new Promise((resolve) => {
      const elapsedMs = Math.max(0.01, performance.now() - this.#resumedAt);
      const fitting = (this.#quota * targetMs) / elapsedMs;
      // Towards the fitting count, at most doubling: one slow handler says little about the next thousand.
      this.#quota = Math.round(Math.min(quotaMax, this.#quota * 2, Math.max(quotaMin, fitting)));
      setImmediate(() => {
        this.#left = this.#quota;
        this.#resumedAt = performance.now();
        this.#pause = null;
        resolve();
      });
    });
    return this.#pause;
  }
}
