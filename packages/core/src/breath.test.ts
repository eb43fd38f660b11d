import { expect, it } from "vitest";
import { Breath } from "./breath.ts";

it("lets timers have their turn while microtasks alone keep the process busy", async () => {
  const breath = new Breath();
  let ticks = 0;
  const timer = setInterval(() => (ticks += 1), 1);
  const endMs = performance.now() + 60;
  while (performance.now() < endMs) {
    await Promise.resolve();
    if (breath.due()) await breath.take();
  }
  clearInterval(timer);
  expect(ticks).toBeGreaterThanOrEqual(3);
});

it("is one pause for all workers", async () => {
  const breath = new Breath();
  while (!breath.due());
  const [first, second] = [breath.take(), breath.take()];
  expect(first).toBe(second);
  await first;
  expect(breath.due()).toBe(false);
});
