// How many permits a local limit of 1,000 a second gives in ten seconds to somebody who always asks.
// node src/measure/limit-accuracy.ts [seconds]
import { createRateLimit } from "../rate/rate-limit.ts";
import { fullestWindow } from "../rate/window-count.ts";

const [seconds = 10] = process.argv.slice(2).map(Number);
const rate = { permits: 1000, perMs: 1000, burst: 100 };
const limit = createRateLimit({ name: "measured", ...rate });
// Without what stood ready at the start: the rate is measured, not the burst.
await limit.take(rate.burst);
const startedMs = performance.now();
const endMs = startedMs + seconds * 1000;
const timesMs: number[] = [];
while (performance.now() < endMs) {
  const count = await limit.take(20);
  const nowMs = performance.now();
  for (let i = 0; i < count; i += 1) timesMs.push(nowMs);
}
const within = timesMs.filter((time) => time <= endMs).length;
const expected = seconds * rate.permits;
console.log(`${within} permits in ${seconds} s: ${(100 * (within / expected - 1)).toFixed(2)} % off`);
console.log(
  `fullest window of a second: ${fullestWindow(timesMs, 1000)}, at most ${rate.permits + rate.burst} promised`,
);
