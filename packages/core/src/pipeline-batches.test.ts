import * as fc from "fast-check";
import { expect, it, vi } from "vitest";
import { createPipeline, createPushSource, done, type Batch, type BatchOptions, type Message } from "./core.ts";
import { ProbeSource } from "./testing/probe-source.ts";
import { createVirtualClock, MemoryDeadLetters, MemorySink, testBatch } from "./testing/testing.ts";

const soon = { interval: 1, timeout: 5000 };
const deadLetters = new MemoryDeadLetters();
const pass = ({ data }: Message<number>) => done(data);

function flushAt(...wanted: readonly number[]) {
  return ({ data }: Message<number>) => done(data, { flush: wanted.includes(data) });
}

/** What the sink got, as [trigger, data of the messages]. */
async function batchesOf(options: BatchOptions<number>, data: readonly number[], handle = pass) {
  const sink = new MemorySink<number>();
  const { report } = await testBatch(
    {
      name: "batches",
      process: { handle, concurrency: 1 },
      sink,
      batch: { ageMs: 60_000, ...options },
      deadLetters,
    },
    data.map((each) => ({ data: each, key: "k" })),
  );
  expect(report.settled).toBe(data.length);
  return sink.batches.map(({ trigger, messages }) => [trigger, messages.map((message) => message.data)]);
}

it("closes a batch before it exceeds its bytes, and lets a larger message go alone", async () => {
  const batches = await batchesOf({ bytesMax: 10, bytesOf: ({ data }) => data }, [4, 4, 4, 6, 25, 3, 10, 1]);
  expect(batches).toEqual([
    ["bytes", [4, 4]],
    ["bytes", [4, 6]],
    ["bytes", [25]],
    ["bytes", [3]],
    ["bytes", [10]],
    ["drain", [1]],
  ]);
});

it("closes the batch behind a message whose handler asked for it", async () => {
  expect(await batchesOf({}, [1, 2, 3, 4, 6, 7], flushAt(3, 6))).toEqual([
    ["flush", [1, 2, 3]],
    ["flush", [4, 6]],
    ["drain", [7]],
  ]);
});

it("keeps the wish for a flush of a message that the full batcher takes later", async () => {
  const batches = await batchesOf({ size: 2, capacity: 2 }, [1, 2, 3, 4, 5, 6], flushAt(5));
  expect(batches.map(([trigger]) => trigger)).toEqual(["size", "size", "flush", "drain"]);
});

it("waits for no more where none can come: all of an origin stands in a partial batch, and its window is full", async () => {
  const sink = new MemorySink<number>();
  const pipeline = createPipeline({
    name: "window",
    source: new ProbeSource({ total: 100, keyOf: () => "k" }),
    process: { handle: pass, concurrency: 1, maxDemand: 4 },
    sink,
    batch: { size: 50, ageMs: 3_600_000 },
    windowMax: 8,
    deadLetters,
  });
  await pipeline.start();
  expect(await pipeline.finished).toMatchObject({ settled: 100 });
  const triggers = sink.batches.map(({ trigger }) => trigger);
  expect(triggers.filter((trigger) => trigger !== "drain")).toEqual(Array(12).fill("pressure"));
});

it("a partial batch waits for its age as long as its origin has room in its window", async () => {
  const batches = await batchesOf({ size: 50, ageMs: 3_600_000 }, [1, 2, 3]);
  expect(batches).toEqual([["drain", [1, 2, 3]]]);
});

it("a batch that is old enough goes on being filled until a writer takes it, and keeps its place in line", async () => {
  const clock = createVirtualClock();
  const sink = new MemorySink<number>();
  const gate = Promise.withResolvers<void>();
  sink.before = () => gate.promise.then(() => undefined);
  const source = createPushSource<number>({ name: "pushed" });
  const pipeline = createPipeline<number, number>({
    name: "line",
    source,
    process: { handle: pass, concurrency: 1 },
    sink,
    batch: { size: 3, ageMs: 50, capacity: 20, keyOf: ({ key }) => String(key) },
    deadLetters,
    clock,
  });
  await pipeline.start();
  const pushed = ["a", "b", "a", "c", "a", "a", "a", "b"];
  for (const [n, key] of pushed.entries()) {
    await source.push(n, key);
    await clock.advanceBy(60);
  }
  expect(pipeline.describe().batcher).toMatchObject({ inside: 8, writing: 1 });
  gate.resolve();
  await clock.advanceUntil(() => sink.batches.length === 5);
  const batches = sink.batches.map(({ key, trigger, messages }) => [key, trigger, messages.map(({ data }) => data)]);
  // The place in line is that of the oldest message; a full batch makes room for the next of its key behind it.
  expect(batches).toEqual([
    ["a", "age", [0]],
    ["b", "age", [1, 7]],
    ["c", "age", [3]],
    ["a", "size", [2, 4, 5]],
    ["a", "age", [6]],
  ]);
  await pipeline.drain();
});

it("closes the partial batches that there are when it is told to", async () => {
  const source = new ProbeSource({ keyOf: (n) => `k${n % 2}` });
  source.onPull = (_max, signal) =>
    source.handedOut < 5
      ? Promise.resolve(source.make(5))
      : new Promise((resolve) => signal.addEventListener("abort", () => resolve([])));
  const sink = new MemorySink<number>();
  const pipeline = createPipeline<number, number>({
    name: "flush",
    source,
    process: { handle: pass },
    sink,
    batch: { ageMs: 60_000, concurrency: 2, keyOf: ({ key }) => String(key) },
    deadLetters,
  });
  await pipeline.start();
  await vi.waitUntil(() => pipeline.describe().batcher?.inside === 5, soon);
  expect(pipeline.describe().batcher).toMatchObject({ open: 2, writing: 0 });
  pipeline.flush();
  await vi.waitUntil(() => pipeline.describe().settled.done === 5, soon);
  expect(sink.batches.map(({ trigger, messages }) => [trigger, messages.length])).toEqual([
    ["flush", 3],
    ["flush", 2],
  ]);
  await pipeline.drain();
});

it("ends batches where the splitter says so, and lets its accumulator carry on", async () => {
  // A batch ends where the running sum passes another ten: the remainder must not be thrown away.
  const split = {
    start: () => 0,
    add: (sum: number, { data }: Message<number>) => ({ acc: (sum + data) % 10, emit: sum + data >= 10 }),
  };
  expect(await batchesOf({ split }, [7, 7, 3, 3, 2, 1])).toEqual([
    ["split", [7, 7]],
    ["split", [3, 3]],
    ["drain", [2, 1]],
  ]);
});

it("keeps an accumulator for each batch key, over batches that were closed by something else", async () => {
  const seen: [unknown, number][] = [];
  const split = {
    start: () => 0,
    add: (count: number, { data }: Message<number>) => {
      seen.push([data % 2, count]);
      return { acc: count + 1, emit: false };
    },
  };
  await batchesOf({ split, size: 2, keyOf: ({ data }) => String(data % 2) }, [1, 2, 3, 4, 5, 6]);
  expect(seen.filter(([key]) => key === 1).map(([, count]) => count)).toEqual([0, 1, 2]);
  expect(seen.filter(([key]) => key === 0).map(([, count]) => count)).toEqual([0, 1, 2]);
});

it.each([
  ["bytesOf", "a number of bytes, 0 or more", { bytesMax: 5, bytesOf: () => Number.NaN }],
  ["bytesOf", "a number of bytes, 0 or more", { bytesMax: 5, bytesOf: () => -1 }],
  ["split.add", "{ acc, emit }", { split: { start: () => 0, add: () => true as never } }],
])("stops with a sentence when %s answers with no %s", async (name, expected, options) => {
  await expect(batchesOf(options as BatchOptions<number>, [1])).rejects.toMatchObject({
    code: "invalid-answer",
    message: `batch.${name} was wrong about test@0: expected ${expected}`,
  });
});

interface Sized {
  readonly key: string;
  readonly size: number;
}

const cases = fc.record({
  data: fc.array(fc.record({ key: fc.constantFrom("a", "b", "c"), size: fc.nat(9) }), { maxLength: 60 }),
  size: fc.integer({ min: 1, max: 6 }),
  capacity: fc.integer({ min: 0, max: 12 }),
  bytesMax: fc.integer({ min: 1, max: 20 }),
  flushEvery: fc.integer({ min: 1, max: 9 }),
  writers: fc.integer({ min: 1, max: 3 }),
  splitAt: fc.integer({ min: 1, max: 20 }),
});
type Case = typeof cases extends fc.Arbitrary<infer C> ? C : never;

/** Takes a turn for each write, and notes when two of one key are written at once. */
class TurnSink {
  readonly name = "sink";
  readonly batches: Batch<Sized>[] = [];
  readonly overlaps: string[] = [];
  readonly #writing = new Set<string>();

  async write(batch: Batch<Sized>) {
    if (this.#writing.has(batch.key)) this.overlaps.push(batch.key);
    this.#writing.add(batch.key);
    this.batches.push(batch);
    await new Promise(setImmediate);
    this.#writing.delete(batch.key);
    return done();
  }
}

function batchOptions(each: Case): BatchOptions<Sized> {
  const { size, bytesMax, writers, splitAt } = each;
  return {
    size,
    bytesMax,
    capacity: size + each.capacity,
    bytesOf: ({ data }) => data.size,
    concurrency: writers,
    keyOf: ({ key }) => String(key),
    split: {
      start: () => 0,
      add: (sum: number, { data }) => ({ acc: (sum + data.size) % splitAt, emit: sum + data.size >= splitAt }),
    },
  };
}

async function writeAll(each: Case): Promise<void> {
  const sink = new TurnSink();
  const handle = ({ data, offset }: Message<Sized>) => done(data, { flush: offset % each.flushEvery === 0 });
  const process = { handle, concurrency: 3 };
  const inputs = each.data.map((data) => ({ data, key: data.key }));
  await testBatch({ name: "whole", process, sink, batch: batchOptions(each), deadLetters }, inputs);
  for (const key of ["a", "b", "c"]) {
    const ofKey = sink.batches.filter((batch) => batch.key === key);
    const written = ofKey.flatMap(({ messages }) => messages.map(({ offset }) => offset));
    expect(written).toEqual(each.data.flatMap((data, i) => (data.key === key ? [i] : [])));
  }
  for (const { messages } of sink.batches) {
    expect(messages.length).toBeLessThanOrEqual(each.size);
    const sizes = messages.map(({ data }) => data.size).filter((size) => size > 0);
    // A message above the limit goes alone, or beside some that count for nothing.
    if (sizes.length > 1) expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(each.bytesMax);
  }
  expect(sink.overlaps).toEqual([]);
}

it("batches concatenated are the input, key by key, whatever closes them", { timeout: 30_000 }, async () => {
  const limits = { numRuns: 150, interruptAfterTimeLimit: 6000, endOnFailure: true };
  await fc.assert(fc.asyncProperty(cases, writeAll), limits);
});
