import { createHistogram } from "node:perf_hooks";
import { checkNumbers, refuseFaults } from "@weir/core/options";
import { loopDelayNumbers } from "../option-rows.ts";

export interface LoopDelay {
  readonly p50Ms: number;
  readonly p90Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
  readonly samples: number;
}

export interface LoopDelayGauge {
  /** How late timers have been since the last reading. */
  read(): LoopDelay;
  close(): void;
}

/**
 * How late the event loop is: what blocks it holds up every timer, every socket and every heartbeat of the process. Judge by
 * the p90: the p99 of a healthy process on a busy machine reaches hundreds of milliseconds. Throws `invalid-options`.
 */
export function createLoopDelayGauge(options: { readonly resolutionMs?: number } = {}): LoopDelayGauge {
  refuseFaults(checkNumbers(loopDelayNumbers, options));
  const resolutionMs = options.resolutionMs ?? loopDelayNumbers.resolutionMs.default;
  const microseconds = createHistogram();
  let dueMs = performance.now() + resolutionMs;
  // Node's own monitor forgets the gap in which it is reset: a block right behind a reading would never be seen.
  const measure = (): void => {
    const nowMs = performance.now();
    microseconds.record(Math.max(1, Math.round(1000 * (nowMs - dueMs))));
    dueMs = nowMs + resolutionMs;
    timer = setTimeout(measure, resolutionMs).unref();
  };
  let timer = setTimeout(measure, resolutionMs).unref();
  return {
    read: () => {
      const { count: samples, max } = microseconds;
      const at = (percent: number): number => (samples === 0 ? 0 : microseconds.percentile(percent) / 1000);
      const maxMs = samples === 0 ? 0 : max / 1000;
      const reading = { p50Ms: at(50), p90Ms: at(90), p99Ms: at(99), maxMs, samples };
      microseconds.reset();
      return reading;
    },
    close: () => clearTimeout(timer),
  };
}
