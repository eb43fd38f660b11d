import type { BenchCase, BenchSize, Figure } from "../bench-case.ts";
import { runInMemory } from "../memory-pipeline.ts";
import { interleave, median } from "../rounds.ts";

const intervalMs = 5;

/** How late the timers of this process are while `work` runs, in ms. */
async function lagsDuring(work: () => Promise<void>): Promise<number[]> {
  const lags: number[] = [];
  let timer: NodeJS.Timeout;
  const arm = (): void => {
    const dueMs = performance.now() + intervalMs;
    timer = setTimeout(() => {
      lags.push(Math.max(0, performance.now() - dueMs));
      arm();
    }, intervalMs);
  };
  arm();
  await work();
  clearTimeout(timer!);
  return lags;
}

async function lag(size: BenchSize): Promise<readonly Figure[]> {
  const middles: number[] = [];
  const run = async (): Promise<number> => {
    const lags = await lagsDuring(() => runInMemory({ concurrency: 8, maxDemand: 100, messages: size.messages }));
    middles.push(lags.length === 0 ? 0 : median(lags));
    return Math.max(0, ...lags);
  };
  const worst = (await interleave([{ name: "lag", run }], size)).get("lag") ?? [];
  return [
    { name: "the latest timer of a repetition", unit: "ms", values: worst, target: { atMost: 25 } },
    { name: "the median timer", unit: "ms", values: middles.slice(size.warmUpRounds) },
  ];
}

/** Do timers and sockets still get their turn when handlers answer at once? */
export const timerLagCases: readonly BenchCase[] = [
  { set: "timer-lag", name: "8 × 100", needsServers: false, measure: lag },
];
