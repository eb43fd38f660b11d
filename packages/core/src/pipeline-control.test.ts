import { expect, it, vi } from "vitest";
import { createPipeline, done, type HandlerContext, type Message } from "./core.ts";
import { ProbeSource } from "./testing/probe-source.ts";
import { MemoryDeadLetters } from "./testing/testing.ts";

const soon = { interval: 1, timeout: 5000 };
const deadLetters = new MemoryDeadLetters();
const none = new Promise<never>(() => {});

/** Handlers that answer when a test says so. */
function gated(options: { readonly concurrency: number; readonly maxDemand?: number; readonly windowMax?: number }) {
  const source = new ProbeSource();
  const open: (() => void)[] = [];
  const handle = ({ data }: Message<number>) =>
    new Promise<ReturnType<typeof done<number>>>((resolve) => open.push(() => resolve(done(data))));
  const { concurrency, maxDemand = 2, windowMax = 1000 } = options;
  const process = { handle, concurrency, maxDemand };
  const pipeline = createPipeline({ name: "control", source, process, deadLetters, windowMax });
  const release = async (count = open.length): Promise<void> => {
    for (const answer of open.splice(0, count)) answer();
    await new Promise(setImmediate);
  };
  return { source, pipeline, open, release };
}

it("pulls nothing while it is paused, finishes what is in flight, and goes on when it is resumed", async () => {
  const { source, pipeline, open, release } = gated({ concurrency: 3 });
  await pipeline.start();
  await vi.waitUntil(() => open.length === 3, soon);
  pipeline.pause();
  pipeline.pause();
  expect(pipeline.describe().state).toBe("paused");
  const pulled = source.handedOut;
  while (pipeline.describe().inFlight > 0) await release();
  expect([source.handedOut, pipeline.describe().settled.done]).toEqual([pulled, pulled]);
  pipeline.resume();
  pipeline.resume();
  expect(pipeline.describe().state).toBe("running");
  await vi.waitUntil(() => source.handedOut > pulled, soon);
  await pipeline.drain({ deadlineMs: 0 });
});

it("calls off the pull in the air when it is paused, and takes in what it brings all the same", async () => {
  const { source, pipeline, open } = gated({ concurrency: 3 });
  const signals: AbortSignal[] = [];
  source.onPull = (max, signal) => {
    signals.push(signal);
    if (signals.length > 1) return undefined;
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve(source.make(Math.min(max, 2)))));
  };
  await pipeline.start();
  expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  pipeline.pause();
  await vi.waitUntil(() => open.length === 2, soon);
  expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
  pipeline.resume();
  await vi.waitUntil(() => source.handedOut > 2, soon);
  expect(signals[1]?.aborted).toBe(false);
  await pipeline.drain({ deadlineMs: 0 });
});

it("drains while it is paused", async () => {
  const { pipeline, open, release } = gated({ concurrency: 2 });
  await pipeline.start();
  await vi.waitUntil(() => open.length === 2, soon);
  pipeline.pause();
  const draining = pipeline.drain();
  while (pipeline.describe().inFlight > 0) await release();
  expect(await draining).toMatchObject({ pulled: 4, settled: 4 });
});

it("can be paused and resumed only while it runs", async () => {
  const { pipeline } = gated({ concurrency: 1 });
  const wrong = { code: "wrong-state", kind: "programming" };
  expect(() => pipeline.pause()).toThrow(expect.objectContaining(wrong));
  await pipeline.start();
  pipeline.resume();
  await pipeline.drain({ deadlineMs: 0 });
  expect(() => pipeline.pause()).toThrow(expect.objectContaining(wrong));
  expect(() => pipeline.resume()).toThrow("pipeline control cannot be resumed: it is stopped");
});

it("runs more handlers at once after it was resized, and pulls for them", async () => {
  const { source, pipeline, open } = gated({ concurrency: 2 });
  await pipeline.start();
  await vi.waitUntil(() => open.length === 2, soon);
  expect(source.handedOut).toBe(4);
  pipeline.resize(5);
  await vi.waitUntil(() => open.length === 5 && source.handedOut === 10, soon);
  expect(pipeline.describe().processors).toEqual({ concurrency: 5, inside: 10, insideMax: 10 });
  await pipeline.drain({ deadlineMs: 0 });
});

it("runs fewer handlers at once after it was resized, once those at work have answered", async () => {
  const { source, pipeline, open, release } = gated({ concurrency: 5 });
  await pipeline.start();
  await vi.waitUntil(() => open.length === 5, soon);
  pipeline.resize(2);
  expect(pipeline.describe()).toMatchObject({ inWorkMax: 4, processors: { concurrency: 2, inside: 10 } });
  await release(3);
  expect(open.length).toBe(2);
  for (let i = 0; i < 20; i += 1) {
    await release();
    expect(open.length).toBeLessThanOrEqual(2);
  }
  expect(pipeline.describe().processors.inside).toBeLessThanOrEqual(4);
  expect(source.handedOut).toBeGreaterThan(10);
  pipeline.resize(3);
  await release();
  await vi.waitUntil(() => open.length === 3, soon);
  await pipeline.drain({ deadlineMs: 0 });
});

it("replaces no handler that misses its deadline above the size that it was given", async () => {
  const [source, letters] = [new ProbeSource(), new MemoryDeadLetters()];
  let [started, atWork, atWorkMax] = [0, 0, 0];
  const handle = (_message: Message<number>, { signal }: HandlerContext) => {
    started += 1;
    atWork += 1;
    signal.addEventListener("abort", () => (atWork -= 1));
    if (started > 6) atWorkMax = Math.max(atWorkMax, atWork);
    return none;
  };
  const process = { handle, concurrency: 6, maxDemand: 3, deadlineMs: 80 };
  const pipeline = createPipeline({ name: "late", source, process, deadLetters: letters });
  await pipeline.start();
  await vi.waitUntil(() => started === 6, soon);
  pipeline.resize(2);
  await vi.waitUntil(() => letters.letters.size >= 10, soon);
  expect(started).toBeGreaterThan(6);
  expect(atWorkMax).toBe(2);
  await pipeline.drain({ deadlineMs: 0 });
});

it.each([0, -1, 1.5, Infinity, Number.NaN, 101])("refuses to be resized to %s", async (concurrency) => {
  const { pipeline } = gated({ concurrency: 2, windowMax: 400 });
  expect(() => pipeline.resize(concurrency)).toThrow(expect.objectContaining({ code: "invalid-options" }));
  expect(pipeline.describe().processors.concurrency).toBe(2);
  pipeline.resize(100);
  await pipeline.drain();
});

it("keeps every origin inside its window after it has grown", async () => {
  const { source, pipeline, open, release } = gated({ concurrency: 1, maxDemand: 10, windowMax: 100 });
  await pipeline.start();
  pipeline.resize(5);
  let spanMax = 0;
  for (let i = 0; i < 200; i += 1) {
    // The first message stays open: it holds up the watermark.
    const first = open.shift();
    await release();
    if (first !== undefined) open.unshift(first);
    spanMax = Math.max(spanMax, ...pipeline.describe().origins.map(({ span }) => span));
  }
  expect(spanMax).toBeGreaterThan(80);
  expect(spanMax).toBeLessThanOrEqual(100);
  expect(source.paused.size).toBe(1);
  const report = await pipeline.drain({ deadlineMs: 0 });
  expect(report.error).toBeUndefined();
});
