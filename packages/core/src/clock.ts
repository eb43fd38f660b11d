/** Cancels a timer; calling it twice, or after the timer fired, does nothing. */
export type CancelTimer = () => void;

/** Where time, randomness and ids come from, so that a test can own them. */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  nowMs(): number;
  /** Calls `callback` once after `delayMs`. The timer keeps the process alive until it fires or is cancelled. */
  after(delayMs: number, callback: () => void): CancelTimer;
  /** In [0, 1). */
  random(): number;
  /** Unique within the process and across processes. */
  id(): string;
}

export const systemClock: Clock = {
  nowMs: () => Date.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  random: () => Math.random(),
  id: () => crypto.randomUUID(),
};
