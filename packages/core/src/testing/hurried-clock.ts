import { systemClock, type Clock } from "../clock.ts";

/** The system's clock, so many times as fast: backoffs and deadlines keep their proportions and cost a test no time. */
export function hurriedClock(factor: number): Clock {
  const startMs = performance.now();
  return {
    ...systemClock,
    nowMs: () => (performance.now() - startMs) * factor,
    after: (delayMs, callback) => systemClock.after(delayMs / factor, callback),
  };
}
