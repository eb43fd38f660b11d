import type { CancelTimer, Clock } from "../clock.ts";
import { seededRandom } from "./seeded-random.ts";

export interface VirtualClockOptions {
  /** For `random`: the same seed, the same numbers. Default 1. */
  readonly seed?: number;
  /** What the clock shows at first, in milliseconds since the epoch. Default 0. */
  readonly startMs?: number;
}

/** A clock that stands still until it is told to go on: timers fire when a test says so, at exactly their time. */
export interface VirtualClock extends Clock {
  /** Timers that wait. */
  readonly timers: number;
  /**
   * Lets everything that can go on without time go on, then goes to the time of the next timer and fires it.
   * False: there was none.
   */
  advance(): Promise<boolean>;
  /** Goes on by so many milliseconds, through every timer on the way, those included that are set on the way. */
  advanceBy(durationMs: number): Promise<void>;
  /** Advances from timer to timer until the condition holds; false: no timer is left and it does not. */
  advanceUntil(condition: () => boolean): Promise<boolean>;
}

interface Timer {
  readonly dueMs: number;
  readonly callback: () => void;
}

export function createVirtualClock(options: VirtualClockOptions = {}): VirtualClock {
  const timers = new Set<Timer>();
  const random = seededRandom(options.seed ?? 1);
  let nowMs = options.startMs ?? 0;
  let ids = 0;

  /** The earliest; of two at the same time the one that was set first. */
  const next = (): Timer | undefined => {
    let earliest: Timer | undefined;
    for (const timer of timers) if (earliest === undefined || timer.dueMs < earliest.dueMs) earliest = timer;
    return earliest;
  };
  const fire = (timer: Timer): void => {
    timers.delete(timer);
    nowMs = Math.max(nowMs, timer.dueMs);
    timer.callback();
  };
  const advance = async (): Promise<boolean> => {
    await allElse();
    const timer = next();
    if (timer === undefined) return false;
    fire(timer);
    await allElse();
    return true;
  };

  return {
    nowMs: () => nowMs,
    after: (delayMs, callback): CancelTimer => {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), callback };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    random,
    id: () => `id-${(ids += 1)}`,
    get timers() {
      return timers.size;
    },
    advance,
    advanceBy: async (durationMs) => {
      const untilMs = nowMs + durationMs;
      await allElse();
      for (let timer = next(); timer !== undefined && timer.dueMs <= untilMs; timer = next()) {
        fire(timer);
        await allElse();
      }
      nowMs = untilMs;
    },
    advanceUntil: async (condition) => {
      await allElse();
      while (!condition()) if (!(await advance())) return condition();
      return true;
    },
  };
}

/** Microtasks, and the macrotasks that they start in their turn: a few rounds, since one may start the next. */
async function allElse(): Promise<void> {
  for (let rounds = 0; rounds < 3; rounds += 1) await new Promise(setImmediate);
}
