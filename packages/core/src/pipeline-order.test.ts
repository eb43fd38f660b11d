import { expect, it, vi } from "vitest";
import { createPipeline, done, type Batch, type Message } from "./core.ts";
import { ProbeSource } from "./testing/probe-source.ts";
import { MemoryDeadLetters, MemorySink } from "./testing/testing.ts";

const deadLetters = new MemoryDeadLetters();
const keyOf = (n: number): string => `k${n % 7}`;

/** A pause of some macrotasks, different for each message, so that they overtake each other where they may. */
async function dawdle(n: number): Promise<void> {
  for (let i = (n * 7919) % 5; i > 0; i -= 1) await new Promise(setImmediate);
}

function expectOrderPerKey(messages: readonly Message[]): void {
  const last = new Map<unknown, number>();
  for (const { key, offset } of messages) {
    expect(last.get(key) ?? -1, `key ${String(key)}`).toBeLessThan(offset);
    last.set(key, offset);
  }
}

it.each([1, 2, 8, 32])("keeps the order of each key through handlers at concurrency %i", async (concurrency) => {
  const source = new ProbeSource({ total: 400, keyOf });
  const started: Message<number>[] = [];
  let [atWork, atWorkMax] = [0, 0];
  const handle = async (message: Message<number>): Promise<ReturnType<typeof done>> => {
    started.push(message);
    atWorkMax = Math.max(atWorkMax, (atWork += 1));
    await dawdle(message.data);
    atWork -= 1;
    return done();
  };
  const process = { handle, concurrency, maxDemand: 10 };
  const pipeline = createPipeline({ name: "order", source, process, deadLetters });
  await pipeline.start();
  expect(await pipeline.finished).toMatchObject({ settled: 400 });
  expectOrderPerKey(started);
  expect(atWorkMax).toBe(Math.min(concurrency, 7));
});

it.each([1, 3])("keeps the order of each key through batches written %i at once", async (concurrency) => {
  const source = new ProbeSource({ total: 2000, keyOf });
  const sink = new MemorySink<number>();
  let [atWork, atWorkMax] = [0, 0];
  sink.before = async (batch) => {
    atWorkMax = Math.max(atWorkMax, (atWork += 1));
    await dawdle(batch.messages[0]?.data ?? 0);
    atWork -= 1;
    return undefined;
  };
  const process = { handle: ({ data }: Message<number>) => done(data), concurrency: 8, maxDemand: 10 };
  const batch = { size: 5, concurrency };
  const pipeline = createPipeline({ name: "batches", source, process, sink, batch, deadLetters });
  await pipeline.start();
  expect(await pipeline.finished).toMatchObject({ settled: 2000 });
  expectOrderPerKey(sink.batches.flatMap(({ messages }) => messages));
  expect(atWorkMax).toBe(concurrency);
});

it("lets no batch overtake an earlier one of its key while other keys keep the writers busy", async () => {
  const source = new ProbeSource({ total: 3000, keyOf: (n) => `k${(n * n) % 5}` });
  const sink = new MemorySink<number>();
  const writing = new Set<string>();
  sink.before = async ({ key, messages }) => {
    expect(writing.has(key), "two batches of one key at once").toBe(false);
    writing.add(key);
    await dawdle(messages[0]?.data ?? 0);
    writing.delete(key);
    return undefined;
  };
  const pipeline = createPipeline<number, number>({
    name: "own keys",
    source,
    process: { handle: ({ data }) => done(data), concurrency: 4, maxDemand: 25 },
    sink,
    // Room for many closed batches of the same key behind each other.
    batch: { size: 3, concurrency: 2, capacity: 120, keyOf: wholeKey },
    deadLetters,
  });
  await pipeline.start();
  expect(await pipeline.finished).toMatchObject({ settled: 3000, dead: 0 });
  expectOrderPerKey(sink.batches.flatMap(({ messages }) => messages));
});

it("gives messages without a key no order: a slow one is overtaken", async () => {
  const source = new ProbeSource({ total: 50 });
  const finished: number[] = [];
  const handle = async ({ data }: Message<number>): Promise<ReturnType<typeof done>> => {
    if (data === 0) for (let i = 0; i < 30; i += 1) await new Promise(setImmediate);
    finished.push(data);
    return done();
  };
  const process = { handle, concurrency: 4, maxDemand: 10 };
  const pipeline = createPipeline({ name: "no key", source, process, deadLetters });
  await pipeline.start();
  await pipeline.finished;
  expect(finished.indexOf(0)).toBeGreaterThan(20);
});

const wholeKey = ({ key }: Message<number>): string => String(key);

async function batchesOf(total: number, batch: object): Promise<readonly Batch<number>[]> {
  const sink = new MemorySink<number>();
  const source = new ProbeSource({ total, keyOf: (n) => `k${n % 4}` });
  const process = { handle: ({ data }: Message<number>) => done(data), concurrency: 2, maxDemand: 10 };
  const pipeline = createPipeline({ name: "triggers", source, process, sink, batch, deadLetters });
  await pipeline.start();
  expect(await pipeline.finished).toMatchObject({ settled: total, dead: 0 });
  expect(sink.batches.flatMap(({ messages }) => messages)).toHaveLength(total);
  return sink.batches;
}

it("closes a batch when it is full and says so", async () => {
  const batches = await batchesOf(100, { size: 10 });
  expect(batches.map(({ trigger, messages }) => `${trigger} ${messages.length}`)).toEqual(
    Array.from({ length: 10 }, () => "size 10"),
  );
});

it("closes the oldest partial batch when the batcher is full of partial ones", async () => {
  const batches = await batchesOf(100, { size: 12, capacity: 12, ageMs: 60_000, keyOf: wholeKey });
  expect(batches.filter(({ trigger }) => trigger === "pressure").length).toBeGreaterThan(3);
});

it("closes a partial batch when its oldest message has waited long enough", async () => {
  const sink = new MemorySink<number>();
  const source = new ProbeSource({ total: 3 });
  source.onPull = (_max, signal) =>
    source.handedOut < 3
      ? undefined
      : new Promise((resolve) => signal.addEventListener("abort", () => resolve([]), { once: true }));
  const process = { handle: ({ data }: Message<number>) => done(data) };
  const pipeline = createPipeline({ name: "age", source, process, sink, batch: { ageMs: 5 }, deadLetters });
  await pipeline.start();
  await vi.waitUntil(() => sink.batches.length === 1, { interval: 1 });
  expect(sink.batches[0]?.trigger).toBe("age");
  await pipeline.drain();
});

it("stops with the error of a keyOf that throws, also where a batch that is written makes the room", async () => {
  const sink = new MemorySink<number>();
  sink.before = () => dawdle(4).then(() => undefined);
  const pipeline = createPipeline<number, number>({
    name: "bad key",
    source: new ProbeSource(),
    process: { handle: ({ data }) => done(data), concurrency: 2, maxDemand: 10 },
    sink,
    batch: {
      size: 5,
      capacity: 10,
      keyOf: ({ data }) => {
        if (data > 10) throw new RangeError("no key for this");
        return "a";
      },
    },
    deadLetters,
  });
  await pipeline.start();
  const report = await pipeline.finished;
  expect(report.error).toMatchObject({ code: "unexpected", message: "RangeError: no key for this" });
});
