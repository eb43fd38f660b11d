import * as fc from "fast-check";
import { expect, it, vi } from "vitest";
import { createPipeline, done, WeirError, type Message, type Source } from "./core.ts";
import { eventLog } from "./testing/event-log.ts";
import { hurriedClock } from "./testing/hurried-clock.ts";
import { ProbeSource } from "./testing/probe-source.ts";
import { MemoryDeadLetters, MemorySink } from "./testing/testing.ts";

const gone = new WeirError("connection-lost", "the server is gone", { kind: "dependency" });
const deadLetters = new MemoryDeadLetters();
const soon = { interval: 1, timeout: 5000 };
const handle = ({ data }: Message<number>) => done(data);

/** Answers a pull with nothing, once it is called off. */
function untilAborted(_max: number, signal: AbortSignal): Promise<[]> {
  return new Promise((resolve) => signal.addEventListener("abort", () => resolve([]), { once: true }));
}

function settledOf(source: ProbeSource): number {
  return source.settlements.reduce((sum, { messages }) => sum + messages.length, 0);
}

it("forgets an origin that has come to its end once all of it is settled, and not before", async () => {
  const source = new ProbeSource({ origins: 3 });
  const gate = Promise.withResolvers<void>();
  source.onSettle = async ({ origin }) => {
    if (origin.id === "probe/0") await gate.promise;
    return undefined;
  };
  let pulls = 0;
  const ended: string[] = [];
  source.onPull = (_max, signal) => {
    pulls += 1;
    if (pulls > 3) return untilAborted(0, signal);
    const origin = source.origins[pulls - 1];
    const messages = source.make(5, origin);
    // Said before its last messages are handed out, as a source that reads ahead does.
    if (origin !== undefined && pulls < 3) source.listener.ended?.(origin);
    ended.push(origin?.id ?? "");
    return Promise.resolve(messages);
  };
  const pipeline = createPipeline({ name: "ended", source, process: { handle }, deadLetters });
  const origins = () => pipeline.describe().origins.map(({ id }) => id);
  await pipeline.start();
  await vi.waitUntil(() => settledOf(source) === 10, soon);
  expect(ended).toEqual(["probe/0", "probe/1", "probe/2"]);
  // probe/1 is settled and forgotten, probe/0 is not settled yet, probe/2 has not ended.
  await vi.waitUntil(() => origins().length === 2, soon);
  expect(origins()).toEqual(["probe/0", "probe/2"]);
  gate.resolve();
  await vi.waitUntil(() => origins().length === 1, soon);
  source.listener.ended?.(source.origins[2] as never);
  // A pull is in the air: it might still bring some of it, so its answer is waited for.
  expect(origins()).toEqual(["probe/2"]);
  expect(await pipeline.drain()).toMatchObject({ pulled: 15, settled: 15 });
  expect(origins()).toEqual([]);
});

it("keeps an origin that has come to its end as long as one of its messages is open", async () => {
  const source = new ProbeSource();
  const gate = Promise.withResolvers<void>();
  source.onPull = (max, signal) => {
    if (source.handedOut > 0) return untilAborted(max, signal);
    source.listener.ended?.(source.origins[0] as never);
    return Promise.resolve(source.make(5, source.origins[0]));
  };
  const process = { handle: ({ data }: Message<number>) => (data === 2 ? gate.promise.then(() => done()) : done()) };
  const pipeline = createPipeline({ name: "open", source, process, deadLetters });
  await pipeline.start();
  await vi.waitUntil(() => settledOf(source) === 4, soon);
  expect(pipeline.describe().origins).toMatchObject([{ id: "probe/0", watermark: 2 }]);
  gate.resolve();
  await vi.waitUntil(() => settledOf(source) === 5, soon);
  expect(source.settlements.at(-1)?.watermark).toBe(5);
  await vi.waitUntil(() => pipeline.describe().origins.length === 0, soon);
  await pipeline.drain();
});

it("stops when a source hands out of an origin after its end", async () => {
  const source = new ProbeSource();
  source.onPull = () => {
    if (source.pulls.length === 2) source.listener.ended?.(source.origins[0] as never);
    return Promise.resolve(source.make(5, source.origins[0]));
  };
  const pipeline = createPipeline({ name: "undead", source, process: { handle }, deadLetters });
  await pipeline.start();
  const { error, pulled } = await pipeline.finished;
  expect(error?.message).toBe("source probe hands out of origin probe/0 after its end");
  expect(pulled).toBeGreaterThanOrEqual(10);
});

it("takes as long as it needs at the sources' natural end, and can still be drained with a deadline then", async () => {
  const gate = Promise.withResolvers<void>();
  const slow = async ({ data }: Message<number>) => {
    await gate.promise;
    return done(data);
  };
  const options = { process: { handle: slow }, deadLetters, drainDeadlineMs: 1, clock: hurriedClock(100) };
  const patient = createPipeline({ name: "patient", source: new ProbeSource({ total: 3 }), ...options });
  const hurried = createPipeline({ name: "hurried", source: new ProbeSource({ total: 3 }), ...options });
  await Promise.all([patient.start(), hurried.start()]);
  await vi.waitUntil(() => hurried.describe().state === "draining" && patient.describe().state === "draining", soon);
  // The deadline that a natural end does not have counts from here.
  expect(await hurried.drain()).toMatchObject({ settled: 0, released: 3 });
  gate.resolve();
  expect(await patient.finished).toMatchObject({ settled: 3, released: 0 });
});

it("gives busy sources equal shares of the demand", async () => {
  const sources = [new ProbeSource(), new ProbeSource(), new ProbeSource()];
  const process = { handle, concurrency: 4, maxDemand: 6 };
  const pipeline = createPipeline({ name: "equal", sources, process, deadLetters });
  await pipeline.start();
  await vi.waitUntil(() => pipeline.describe().settled.done > 3000, soon);
  await pipeline.drain();
  const counts = sources.map(({ handedOut }) => handedOut);
  expect(Math.min(...counts)).toBeGreaterThan(Math.max(...counts) * 0.8);
  expect(Math.max(...sources.flatMap(({ pulls }) => pulls))).toBe(8);
});

it("goes on with all others while a source waits, one fails and one has ended, and settles each at its own", async () => {
  const [waits, fails, ends, works] = Array.from({ length: 4 }, (_, i) => new ProbeSource(i === 2 ? { total: 7 } : {}));
  const sources = [waits, fails, ends, works] as ProbeSource[];
  sources.forEach((source, i) => Object.assign(source, { name: `source ${i}` }));
  (waits as ProbeSource).onPull = untilAborted;
  (fails as ProbeSource).onPull = () => Promise.reject(gone);
  const down = eventLog("dependency", "mixed");
  const process = { handle, concurrency: 2, maxDemand: 4 };
  const pipeline = createPipeline({ name: "mixed", sources, process, deadLetters, clock: hurriedClock(100) });
  await pipeline.start();
  await vi.waitUntil(() => settledOf(works as ProbeSource) > 1000 && (fails?.pulls.length ?? 0) > 5, soon);
  expect(pipeline.describe().sources).toMatchObject([
    { name: "source 0", pulled: 0, isAtEnd: false },
    { name: "source 1", pulled: 0, isAtEnd: false },
    { name: "source 2", pulled: 7, isAtEnd: true },
    { name: "source 3", isAtEnd: false },
  ]);
  const report = await pipeline.drain();
  down.stop();
  expect(down.events.map(({ what }) => what)).toContain("source 1");
  expect(settledOf(ends as ProbeSource)).toBe(7);
  expect(report.settled).toBe(7 + settledOf(works as ProbeSource));
  expect(sources.map(({ closes }) => closes)).toEqual([1, 1, 1, 1]);
  expect(Math.max(...sources.map(({ pullsAtOnceMax }) => pullsAtOnceMax))).toBe(1);
});

it("loses one source's tenures without touching another's", async () => {
  const sources = [new ProbeSource({ total: 10 }), new ProbeSource({ total: 10 })] as const;
  const gate = Promise.withResolvers<void>();
  const process = { handle: (message: Message<number>) => gate.promise.then(() => handle(message)), concurrency: 20 };
  const pipeline = createPipeline({ name: "apart", sources, process, deadLetters });
  await pipeline.start();
  await vi.waitUntil(() => pipeline.describe().inFlight === 20, soon);
  sources[0].lose(0);
  gate.resolve();
  expect(await pipeline.finished).toMatchObject({ pulled: 20, settled: 10, released: 10 });
  expect(sources.map(settledOf)).toEqual([0, 10]);
});

it("closes all sources when one cannot be started, none of them while it starts", async () => {
  const sources = [new ProbeSource(), new ProbeSource()] as const;
  const gate = Promise.withResolvers<void>();
  sources[0].start = () => Promise.reject(gone);
  sources[1].start = () => gate.promise;
  const pipeline = createPipeline({ name: "start", sources, process: { handle }, deadLetters });
  const starting = pipeline.start();
  await new Promise(setImmediate);
  expect(sources[1].closes).toBe(0);
  gate.resolve();
  await expect(starting).rejects.toBe(gone);
  expect(sources.map(({ closes }) => closes)).toEqual([1, 1]);
});

const tempers = fc.record({
  total: fc.integer({ min: 0, max: 40 }),
  isSlow: fc.boolean(),
  /** So many pulls fail before one is answered. */
  failures: fc.integer({ min: 0, max: 3 }),
  shortBy: fc.integer({ min: 0, max: 3 }),
});
const merges = fc.record({
  tempers: fc.array(tempers, { minLength: 1, maxLength: 5 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  places: fc.integer({ min: 0, max: 6 }),
  minDemandShare: fc.double({ min: 0, max: 0.99, noNaN: true }),
});
type Merge = typeof merges extends fc.Arbitrary<infer M> ? M : never;

/** Hands out its total in its own way, and then waits for ever. */
function sourceOf(temper: Merge["tempers"][number]): ProbeSource {
  const source = new ProbeSource({ total: temper.total });
  let failures = temper.failures;
  source.onPull = (max, signal) => {
    failures -= 1;
    if (failures >= 0) return Promise.reject(gone);
    failures = temper.failures;
    if (source.handedOut >= temper.total) return untilAborted(max, signal);
    const messages = source.make(Math.max(1, max - temper.shortBy));
    return temper.isSlow ? new Promise((resolve) => setImmediate(() => resolve(messages))) : Promise.resolve(messages);
  };
  return source;
}

async function merge({ tempers: each, concurrency, places, minDemandShare }: Merge): Promise<void> {
  const silent = new ProbeSource();
  silent.onPull = untilAborted;
  const talkers = each.map(sourceOf);
  const sources: Source<number>[] = [silent, ...talkers];
  const maxDemand = Math.ceil(sources.length / concurrency) + places;
  const breaches: string[] = [];
  const handleWatched = async ({ data }: Message<number>) => {
    const { inWork, inWorkMax } = pipeline.describe();
    if (inWork > inWorkMax) breaches.push(`in work ${inWork} > ${inWorkMax}`);
    await new Promise(setImmediate);
    return done(data);
  };
  const pipeline = createPipeline<number, number>({
    name: "merge",
    sources,
    process: { handle: handleWatched, concurrency, maxDemand, minDemand: Math.floor(maxDemand * minDemandShare) },
    sink: new MemorySink<number>(),
    batch: { size: 3, ageMs: 10 },
    deadLetters,
    clock: hurriedClock(1000),
  });
  await pipeline.start();
  await vi.waitUntil(() => talkers.every((source, i) => settledOf(source) === each[i]?.total), soon);
  expect(await pipeline.drain()).toMatchObject({ released: 0, uncertain: 0 });
  expect(breaches).toEqual([]);
  expect(Math.max(...talkers.map(({ pullsAtOnceMax }) => pullsAtOnceMax))).toBe(1);
}

it(
  "merge starves nobody: every source's messages arrive beside one that waits for ever, inside the bound",
  { timeout: 60_000 },
  async () => {
    const limits = { numRuns: 40, interruptAfterTimeLimit: 6000, endOnFailure: true };
    await fc.assert(fc.asyncProperty(merges, merge), limits);
  },
);
