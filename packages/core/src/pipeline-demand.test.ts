import { expect, it, vi } from "vitest";
import { createPipeline, done, onEvent, type Done } from "./core.ts";
import { ProbeSource } from "./testing/probe-source.ts";
import { MemoryDeadLetters, MemorySink } from "./testing/testing.ts";

const never = new Promise<never>(() => {});
const deadLetters = new MemoryDeadLetters();
const hangAtFirst = ({ data }: { data: number }): Promise<Done<undefined>> => (data === 0 ? never : soonDone());

async function soonDone(): Promise<Done<undefined>> {
  await new Promise(setImmediate);
  return done();
}
const soon = { interval: 1, timeout: 5000 };

it("never pulls more than there are free places, and one pull at a time", async () => {
  const source = new ProbeSource({ total: 500 });
  const frees: number[] = [];
  source.onPull = (max) => {
    const { inside, insideMax } = pipeline.describe().processors;
    frees.push(insideMax - inside - max);
    return undefined;
  };
  const pipeline = createPipeline({
    name: "demand",
    source,
    process: { handle: () => soonDone(), concurrency: 3, maxDemand: 4, minDemand: 1 },
    deadLetters,
  });
  await pipeline.start();
  expect(await pipeline.finished).toMatchObject({ pulled: 500, settled: 500 });
  expect(frees.every((left) => left === 0)).toBe(true);
  expect(source.pullsAtOnceMax).toBe(1);
  // A pull is worth it for maxDemand − minDemand = 3 free places, and there are never more than 12.
  expect(Math.min(...source.pulls)).toBeGreaterThanOrEqual(3);
  expect(Math.max(...source.pulls)).toBe(12);
});

it("stops pulling when its handlers answer nothing, with as many messages inside as were demanded", async () => {
  const source = new ProbeSource();
  const process = { handle: () => never, concurrency: 2, maxDemand: 5 };
  const pipeline = createPipeline({ name: "full", source, process, deadLetters });
  await pipeline.start();
  await vi.waitUntil(() => source.handedOut === 10, soon);
  await new Promise(setImmediate);
  expect(source.pulls).toEqual([10]);
  expect(pipeline.describe().processors.inside).toBe(10);
  expect(await pipeline.drain({ deadlineMs: 0 })).toMatchObject({ pulled: 10, settled: 0, released: 10 });
});

it("goes on pulling beside a hung handler at minDemand 0", async () => {
  const source = new ProbeSource();
  const process = { handle: hangAtFirst, concurrency: 2, maxDemand: 5, minDemand: 0 };
  const pipeline = createPipeline({ name: "hung", source, process, deadLetters, windowMax: 10_000 });
  await pipeline.start();
  await vi.waitUntil(() => pipeline.describe().settled.done > 1000, soon);
  await pipeline.drain({ deadlineMs: 0 });
});

it("keeps what is in work inside its bound at every moment, and comes close to it before a sink that never answers", async () => {
  const source = new ProbeSource();
  const sink = new MemorySink<number>();
  sink.before = () => never;
  const seen: number[] = [];
  const look = (): void => void seen.push(pipeline.describe().inWork);
  const pipeline = createPipeline<number, number>({
    name: "bound",
    source,
    process: { handle: ({ data }) => (look(), done(data)), concurrency: 4, maxDemand: 10, minDemand: 5 },
    sink,
    batch: { size: 10, concurrency: 2, capacity: 30 },
    deadLetters,
  });
  const stops = [onEvent("pulled", look), onEvent("batched", look)];
  await pipeline.start();
  await vi.waitUntil(() => pipeline.describe().inWork > 65, soon);
  await new Promise(setImmediate);
  for (const stop of stops) stop();
  expect(pipeline.describe().inWorkMax).toBe(70);
  expect(Math.max(...seen, pipeline.describe().inWork)).toBeLessThanOrEqual(70);
  expect(await pipeline.drain({ deadlineMs: 0 })).toMatchObject({ settled: 0, released: source.handedOut });
});

it("slows the source down to the speed of the sink, and lets it go again when the sink recovers", async () => {
  const source = new ProbeSource({ total: 3000 });
  const sink = new MemorySink<number>();
  const gate = Promise.withResolvers<void>();
  sink.before = async () => {
    await gate.promise;
    return undefined;
  };
  const process = { handle: ({ data }: { data: number }) => done(data), concurrency: 2, maxDemand: 10 };
  const pipeline = createPipeline({ name: "slow", source, process, sink, batch: { size: 20 }, deadLetters });
  await pipeline.start();
  await vi.waitUntil(() => pipeline.describe().inWork > 50, soon);
  expect(source.handedOut).toBeLessThanOrEqual(60);
  gate.resolve();
  expect(await pipeline.finished).toMatchObject({ settled: 3000 });
});

it("describes itself with live counts", async () => {
  const source = new ProbeSource({ origins: 2 });
  const sink = new MemorySink<number>();
  const process = { handle: () => never, concurrency: 2, maxDemand: 5 };
  const pipeline = createPipeline({ name: "mirror", source, process, sink, batch: { size: 7 }, deadLetters });
  expect(pipeline.describe()).toMatchObject({ state: "created", inWork: 0, inWorkMax: 24, origins: [] });
  await pipeline.start();
  await vi.waitUntil(() => source.handedOut === 10, soon);
  expect(pipeline.describe()).toEqual({
    name: "mirror",
    state: "running",
    sources: [{ name: "probe", pulled: 10, shed: 0, isAtEnd: false }],
    processors: { concurrency: 2, inside: 10, insideMax: 10 },
    batcher: { sink: "memory sink", size: 7, concurrency: 1, open: 0, writing: 0, inside: 0, capacity: 14 },
    settled: { done: 0, dead: 0, dropped: 0, alreadyDecided: 0 },
    fenced: 0,
    awaitingSettle: 0,
    inWork: 10,
    inWorkMax: 24,
    inFlight: 10,
    origins: [{ id: "probe/0", epoch: 1, span: 10, windowMax: 16_384, watermark: 0, isPaused: false }],
  });
  await pipeline.drain({ deadlineMs: 0 });
  expect(pipeline.describe()).toMatchObject({ state: "stopped", inFlight: 0 });
});

it.each([
  ["more messages than were demanded", (source: ProbeSource, max: number) => source.make(max + 1)],
  ["nothing, without having been asked to stop", () => []],
  ["a message twice", (source: ProbeSource) => source.make(1).flatMap((message) => [message, message])],
  ["something that is no message", () => [{ offset: 1 }] as never],
])("stops with a sentence when the source answers with %s", async (_what, answer) => {
  const source = new ProbeSource();
  source.onPull = (max) => Promise.resolve(answer(source, max));
  const pipeline = createPipeline({ name: "broken", source, process: { handle: () => done() }, deadLetters });
  await pipeline.start();
  const report = await pipeline.finished;
  expect(report.error).toMatchObject({ code: "broken-source", kind: "programming" });
  expect(report.pulled).toBe(report.settled + report.released + report.uncertain);
});
