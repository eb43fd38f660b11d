import { expect, it } from "vitest";
import { createLoopDelayGauge } from "../backpressure.ts";

/** Turns the event loop until something was measured. */
async function nextSample(gauge: ReturnType<typeof createLoopDelayGauge>): Promise<{ readonly maxMs: number }> {
  for (;;) {
    await new Promise((resolve) => setImmediate(resolve));
    const reading = gauge.read();
    if (reading.samples > 0) return reading;
  }
}

it("an event loop that is blocked shows in the delay, also right behind a reading, and each reading begins anew", async () => {
  const gauge = createLoopDelayGauge({ resolutionMs: 5 });
  await nextSample(gauge);
  const untilMs = performance.now() + 150;
  while (performance.now() < untilMs);
  // The block, less what was left of the pause before the timer was due.
  expect((await nextSample(gauge)).maxMs).toBeGreaterThanOrEqual(140);
  // And it is over with it: of many samples without a block, one at least is not that late.
  let leastMs = Infinity;
  for (let i = 0; i < 20 && leastMs >= 140; i += 1) leastMs = Math.min(leastMs, (await nextSample(gauge)).maxMs);
  expect(leastMs).toBeLessThan(140);
  expect(gauge.read()).toEqual({ p50Ms: 0, p90Ms: 0, p99Ms: 0, maxMs: 0, samples: 0 });
  gauge.close();
});

it("a gauge refuses a resolution of nothing", () => {
  expect(() => createLoopDelayGauge({ resolutionMs: 0 })).toThrow(/resolutionMs: expected a whole number from 1/);
});
