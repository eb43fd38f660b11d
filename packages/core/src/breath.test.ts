import { expect, it } from "vitest";
import { Breath } from "./breath.ts";

const messagesMax = 20_000_000;

it("lets timers have their turn while microtasks alone keep the process busy", async () => {
  const breath = new Breath();
  const ticks: number[] = [];
  const timer = setInterval(() => ticks.push(1), 1);
  // Without a breath no timer ever fires in here, however long it takes.
  for (let messages = 0; ticks.length < 3 && messages < messagesMax; messages += 1) {
    await Promise.resolve();
    if (breath.due()) await breath.take();
  }
  clearInterval(timer);
  expect(ticks).toHaveLength(3);
});

it("is one pause for all workers", async () => {
  const breath = new Breath();
  while (!breath.due());
  const [first, second] = [breath.take(), breath.take()];
  expect(first).toBe(second);
  await first;
  expect(breath.due()).toBe(false);
});
