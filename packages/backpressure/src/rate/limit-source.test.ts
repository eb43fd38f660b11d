import {
  createMessage,
  createPipeline,
  createPushSource,
  dead,
  done,
  type Message,
  type Origin,
  type Source,
} from "@weir/core";
import { createVirtualClock, MemoryDeadLetters, MemoryLog, MemorySink, testBatch } from "@weir/core/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRateLimit, limitHandler, limitSource } from "../backpressure.ts";
import { fullestWindow } from "./window-count.ts";

const anyLoad = fc.record({
  permits: fc.integer({ min: 1, max: 30 }),
  perMs: fc.integer({ min: 10, max: 200 }),
  burst: fc.integer({ min: 1, max: 20 }),
  concurrency: fc.integer({ min: 1, max: 5 }),
  maxDemand: fc.integer({ min: 1, max: 9 }),
  count: fc.integer({ min: 1, max: 80 }),
  fails: fc.array(fc.nat(79), { maxLength: 6 }),
});

type Load = typeof anyLoad extends fc.Arbitrary<infer L> ? L : never;

async function runLimited({ permits, perMs, burst, concurrency, maxDemand, count, fails }: Load): Promise<void> {
  const clock = createVirtualClock();
  const log = new MemoryLog({ topic: "t", partitions: 3 });
  for (let i = 0; i < count; i += 1) log.append(i % 3, { key: "k", value: String(i) });
  const limit = createRateLimit({ name: "in", clock, permits, perMs, burst });
  const source = limitSource(log.join({ untilEnd: true }), limit);
  const times: number[] = [];
  const seen: number[] = [];
  let heldMax = 0;
  const pipeline = createPipeline({
    name: "limited",
    source: watched(source, (messages) => {
      heldMax = Math.max(heldMax, source.held);
      for (const _ of messages) times.push(clock.nowMs());
    }),
    process: {
      concurrency,
      maxDemand,
      handle: ({ data }: Message<{ readonly value: string | null }>) => {
        seen.push(Number(data.value));
        return fails.includes(Number(data.value)) ? dead("odd", "odd") : done(data);
      },
    },
    deadLetters: new MemoryDeadLetters(),
    clock,
  });
  await pipeline.start();
  let isOver = false;
  void pipeline.finished.then(() => (isOver = true));
  expect(await clock.advanceUntil(() => isOver)).toBe(true);
  expect(await pipeline.finished).toMatchObject({ pulled: count, settled: count });
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  for (const partition of [0, 1, 2]) {
    const own = seen.filter((i) => i % 3 === partition);
    expect(own).toEqual(own.toSorted((a, b) => a - b));
  }
  expect(fullestWindow(times, perMs)).toBeLessThanOrEqual(permits + burst);
  expect(heldMax).toBeLessThanOrEqual(burst);
}

describe("a limited source", () => {
  it("lets no window of the pipeline's pulls hold more than permits + burst, loses nothing, and keeps the order", async () => {
    await fc.assert(fc.asyncProperty(anyLoad, runLimited), { numRuns: 60 });
  });

  it("forgets what it holds of a tenure that ends, and tells of an origin's end with its last message", async () => {
    const clock = createVirtualClock();
    const told: string[] = [];
    const [a, b]: [Origin, Origin] = [
      { id: "a", epoch: 1 },
      { id: "b", epoch: 1 },
    ];
    const inner = scripted([message(a, 0), message(b, 0), message(a, 1), message(b, 1)]);
    const limit = createRateLimit({ name: "in", clock, permits: 10, perMs: 1000, burst: 4 });
    await limit.take(4);
    const source = limitSource(inner.source, limit);
    await source.start({
      lost: ({ id }) => told.push(`lost ${id}`),
      ended: ({ id }) => told.push(`ended ${id}`),
    });
    const signal = new AbortController().signal;
    const first = source.pull(1, signal);
    await clock.advanceBy(0);
    // The inner source was asked for as much as goes at once, and no more.
    expect(inner.pulls).toEqual([1]);
    await clock.advanceBy(100);
    expect(await first).toEqual([message(a, 0)]);
    const second = source.pull(4, signal);
    await clock.advanceBy(0);
    expect(source.held).toBe(3);
    inner.listener().ended?.(b);
    inner.listener().lost(a);
    expect(told).toEqual(["lost a"]);
    await clock.advanceBy(100);
    expect(await second).toEqual([message(b, 0)]);
    expect(told).toEqual(["lost a"]);
    const third = source.pull(4, signal);
    await clock.advanceBy(100);
    expect(await third).toEqual([message(b, 1)]);
    expect(told).toEqual(["lost a", "ended b"]);
  });

  it("hands out nothing of an origin that is paused while its messages are held; the others pass them", async () => {
    const clock = createVirtualClock();
    const [a, b]: [Origin, Origin] = [
      { id: "a", epoch: 1 },
      { id: "b", epoch: 1 },
    ];
    const inner = scripted([message(b, 0), message(a, 0), message(b, 1), message(a, 1)]);
    const limit = createRateLimit({ name: "in", clock, permits: 1000, perMs: 1000, burst: 4 });
    await limit.take(4);
    const source = limitSource(inner.source, limit);
    await source.start({ lost: () => {} });
    const answers: string[] = [];
    const pulling = (async () => {
      const { signal } = new AbortController();
      for (let messages = await source.pull(4, signal); messages !== null; messages = await source.pull(4, signal)) {
        for (const { origin, offset } of messages) answers.push(`${origin.id}${offset}`);
      }
    })();
    await clock.advanceBy(0);
    expect(source.held).toBe(4);
    source.pause(b);
    await clock.advanceBy(100);
    expect(answers).toEqual(["a0", "a1"]);
    expect(source.held).toBe(2);
    source.resume(b);
    await clock.advanceBy(100);
    await pulling;
    expect(answers).toEqual(["a0", "a1", "b0", "b1"]);
  });

  it("keeps what it holds through a pause of the pipeline, and drains without waiting for permits", async () => {
    const clock = createVirtualClock();
    const queue = createPushSource<number>({ name: "in" });
    const limit = createRateLimit({ name: "in", clock, permits: 1, perMs: 1000, burst: 1 });
    const handled: number[] = [];
    const pipeline = createPipeline({
      name: "limited",
      source: limitSource(queue, limit),
      process: {
        handle: ({ data }: Message<number>) => {
          handled.push(data);
          return done(data);
        },
      },
      deadLetters: new MemoryDeadLetters(),
      clock,
    });
    await pipeline.start();
    for (const data of [0, 1, 2, 3]) await queue.push(data);
    await clock.advanceUntil(() => handled.length === 1);
    await clock.advanceBy(10);
    pipeline.pause();
    await clock.advanceBy(3000);
    expect(handled).toEqual([0]);
    pipeline.resume();
    await clock.advanceUntil(() => handled.length === 3);
    expect(handled).toEqual([0, 1, 2]);
    const draining = pipeline.drain();
    await clock.advanceBy(0);
    expect(await draining).toMatchObject({ pulled: 3, settled: 3 });
  });
});

describe("a limited handler", () => {
  it("is limited in a test helper as it is in production", async () => {
    const clock = createVirtualClock();
    const limit = createRateLimit({ name: "calls", clock, permits: 10, perMs: 1000, burst: 1 });
    const times: number[] = [];
    const handle = limitHandler(limit, ({ data }: Message<number>) => {
      times.push(clock.nowMs());
      return done(data);
    });
    const options = {
      name: "t",
      process: { handle },
      sink: new MemorySink<number>(),
      deadLetters: new MemoryDeadLetters(),
    };
    let isOver = false;
    const testing = testBatch({ ...options, clock }, [{ data: 1 }, { data: 2 }, { data: 3 }]);
    void testing.then(() => (isOver = true));
    await clock.advanceUntil(() => isOver);
    expect((await testing).outcomes.map(({ kind }) => kind)).toEqual(["done", "done", "done"]);
    expect(times).toEqual([0, 100, 200]);
  });
});

function message(origin: Origin, offset: number): Message<number> {
  return createMessage({ origin, offset, key: null, data: offset, raw: null });
}

/** A source that hands out these, as many as it is asked for. */
function scripted(messages: Message<number>[]): {
  readonly source: Source<number>;
  readonly pulls: number[];
  readonly listener: () => Parameters<Source<number>["start"]>[0];
} {
  const pulls: number[] = [];
  let listener: Parameters<Source<number>["start"]>[0] = { lost: () => {} };
  const source: Source<number> = {
    name: "scripted",
    start: async (given) => {
      listener = given;
    },
    pull: async (max) => {
      pulls.push(max);
      return messages.length === 0 ? null : messages.splice(0, max);
    },
    pause: () => {},
    resume: () => {},
    settle: async () => "settled",
    close: async () => {},
  };
  return { source, pulls, listener: () => listener };
}

function watched<T>(source: Source<T>, onPulled: (messages: readonly Message<T>[]) => void): Source<T> {
  return {
    name: source.name,
    start: (listener) => source.start(listener),
    pull: async (max, signal) => {
      const messages = await source.pull(max, signal);
      onPulled(messages ?? []);
      return messages;
    },
    pause: (origin) => source.pause(origin),
    resume: (origin) => source.resume(origin),
    settle: (settlement, signal) => source.settle(settlement, signal),
    close: () => source.close(),
  };
}
