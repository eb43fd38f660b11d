import { expect, it, vi } from "vitest";
import { createPipeline, done, WeirError, type Done } from "./core.ts";
import { eventLog } from "./testing/event-log.ts";
import { hurriedClock } from "./testing/hurried-clock.ts";
import { ProbeSource } from "./testing/probe-source.ts";
import { MemoryDeadLetters, MemoryLog, MemorySink } from "./testing/testing.ts";
import { WatchedSource } from "./testing/watched-source.ts";

const gone = new WeirError("broker-unreachable", "the broker is gone", { kind: "dependency" });
const deadLetters = new MemoryDeadLetters();
const soon = { interval: 1, timeout: 5000 };
const never = new Promise<never>(() => {});

async function dawdle({ data }: { readonly data: number }): Promise<Done<undefined>> {
  for (let i = (data * 31) % 7; i > 0; i -= 1) await new Promise(setImmediate);
  return done();
}

it("holds up the origin of a stuck message only, tells which message, and lets it go on afterwards", async () => {
  const stalled = eventLog("stalled", "window");
  const source = new ProbeSource({ origins: 3 });
  const stuck = source.origins[1];
  const gate = Promise.withResolvers<Done<undefined>>();
  const pipeline = createPipeline({
    name: "window",
    source,
    process: {
      handle: ({ origin, offset }) => (origin === stuck && offset === 7 ? gate.promise : done()),
      concurrency: 2,
      maxDemand: 5,
    },
    windowMax: 40,
    stallAlarmMs: 200,
    clock: hurriedClock(20),
    deadLetters,
  });
  await pipeline.start();
  await vi.waitUntil(() => stalled.events.length > 0, soon);
  expect(stalled.events).toEqual([{ pipeline: "window", origin: "probe/1", offset: 7, window: 40 }]);
  const before = pipeline.describe();
  expect(before.origins.map(({ isPaused }) => isPaused)).toEqual([false, true, false]);
  expect(before.origins[1]).toMatchObject({ watermark: 7, windowMax: 40 });
  await vi.waitUntil(() => pipeline.describe().settled.done > before.settled.done + 500, soon);
  for (const origin of pipeline.describe().origins) expect(origin.span).toBeLessThanOrEqual(40);
  expect(pipeline.describe().origins[1]?.watermark).toBe(7);
  gate.resolve(done());
  await vi.waitUntil(() => (pipeline.describe().origins[1]?.watermark ?? 0) > 100, soon);
  stalled.stop();
  expect(await pipeline.drain()).toMatchObject({ released: 0, uncertain: 0 });
});

it("tries a failing settle again without holding up other origins, and says it once", async () => {
  const dependency = eventLog("dependency", "settle");
  const source = new ProbeSource({ origins: 2 });
  let isAway = true;
  source.onSettle = async ({ origin }) => {
    if (isAway && origin.id === "probe/1") throw gone;
    return undefined;
  };
  const process = { handle: () => done(), concurrency: 2, maxDemand: 5 };
  const clock = hurriedClock(50);
  const pipeline = createPipeline({ name: "settle", source, process, windowMax: 60, deadLetters, clock });
  await pipeline.start();
  await vi.waitUntil(() => (pipeline.describe().origins[0]?.watermark ?? 0) > 1000, soon);
  await vi.waitUntil(() => pipeline.describe().origins[1]?.isPaused === true, soon);
  expect(source.settlements.some(({ origin }) => origin.id === "probe/1")).toBe(false);
  isAway = false;
  await vi.waitUntil(() => source.settlements.some(({ origin }) => origin.id === "probe/1"), soon);
  expect(await pipeline.drain()).toMatchObject({ released: 0, uncertain: 0 });
  dependency.stop();
  expect(dependency.events.map(({ what, state }) => `${what} ${state}`)).toEqual([
    "settle probe down",
    "settle probe up",
  ]);
});

it("settles each message once, in one call at a time for an origin, with the longest settled prefix", async () => {
  const inner = new ProbeSource({ origins: 3, total: 600 });
  inner.onSettle = () => new Promise((resolve) => setImmediate(() => resolve(undefined)));
  const source = new WatchedSource(inner);
  const pipeline = createPipeline({ name: "once", source, process: { handle: dawdle }, deadLetters });
  await pipeline.start();
  expect(await pipeline.finished).toMatchObject({ settled: 600 });
  expect(source.breaches).toEqual([]);
  expect(source.settledCount).toBe(600);
});

it("gives up what is in flight of a lost tenure: handlers aborted, late answers counted, nothing settled", async () => {
  const [lost, late] = [eventLog("lost", "lost"), eventLog("late", "lost")];
  const source = new ProbeSource({ origins: 2 });
  const losing = source.origins[0];
  const answers: ((outcome: Done<undefined>) => void)[] = [];
  let aborted = 0;
  const pipeline = createPipeline({
    name: "lost",
    source,
    process: {
      handle: ({ origin }, { signal }) => {
        if (origin !== losing) return done();
        signal.addEventListener("abort", () => (aborted += 1));
        return new Promise<Done<undefined>>((resolve) => answers.push(resolve));
      },
      concurrency: 4,
      maxDemand: 5,
    },
    windowMax: 40,
    deadLetters,
  });
  await pipeline.start();
  await vi.waitUntil(() => answers.length === 4, soon);
  source.lose(source.origins.indexOf(losing as never));
  expect(aborted).toBe(4);
  const count = lost.events[0]?.count ?? 0;
  expect(lost.events).toEqual([{ pipeline: "lost", origin: "probe/0", epoch: 1, count }]);
  for (const answer of answers) answer(done());
  await vi.waitUntil(() => pipeline.describe().settled.done > 300, soon);
  expect(late.events).toHaveLength(4);
  lost.stop();
  late.stop();
  expect(await pipeline.drain()).toMatchObject({ released: count, uncertain: 0 });
  expect(source.settlements.some(({ origin }) => origin === losing)).toBe(false);
});

it("treats the answer `lost` to a settle as the end of that tenure", async () => {
  const source = new ProbeSource({ origins: 2, total: 200 });
  source.onSettle = async ({ origin }) => (origin.id === "probe/0" ? "lost" : undefined);
  const process = { handle: () => done(), concurrency: 2, maxDemand: 10 };
  const pipeline = createPipeline({ name: "answer", source, process, deadLetters });
  await pipeline.start();
  const report = await pipeline.finished;
  expect(report.settled + report.released).toBe(200);
  expect(report.settled).toBeGreaterThan(0);
  expect(source.settlements.every(({ origin }) => origin.id === "probe/1")).toBe(true);
});

it("works on nothing that a pull brings of a tenure that ended meanwhile", async () => {
  const source = new ProbeSource({ origins: 2, total: 40 });
  const losing = source.origins[0];
  const handled: unknown[] = [];
  source.onPull = (max) => {
    if (source.handedOut > 0) return undefined;
    const messages = source.make(max, losing);
    source.lose(0);
    return Promise.resolve(messages);
  };
  const handle = ({ origin }: { origin: unknown }): Done<undefined> => {
    handled.push(origin);
    return done();
  };
  const process = { handle, concurrency: 2, maxDemand: 10 };
  const pipeline = createPipeline({ name: "crossed", source, process, deadLetters });
  await pipeline.start();
  expect(await pipeline.finished).toMatchObject({ pulled: 40, settled: 20, released: 20 });
  expect(handled.includes(losing)).toBe(false);
});

it("counts a settle that answers after its tenure was lost as late", async () => {
  const late = eventLog("late", "late settle");
  const source = new ProbeSource({ total: 5 });
  const gate = Promise.withResolvers<undefined>();
  source.onSettle = () => gate.promise;
  source.onPull = (_max, signal) =>
    source.handedOut === 0
      ? undefined
      : new Promise((resolve) => signal.addEventListener("abort", () => resolve([]), { once: true }));
  const pipeline = createPipeline({ name: "late settle", source, process: { handle: () => done() }, deadLetters });
  await pipeline.start();
  await vi.waitUntil(() => pipeline.describe().awaitingSettle > 0, soon);
  source.lose(0);
  gate.resolve(undefined);
  await vi.waitUntil(() => late.events.length > 0, soon);
  late.stop();
  expect(await pipeline.drain()).toMatchObject({ settled: 0, released: 5 });
});

it("hands lost messages that wait before a full batcher out of the way, and writes none of them any more", async () => {
  const source = new ProbeSource({ origins: 2, total: 400 });
  const sink = new MemorySink<number>();
  const losing = source.origins[0];
  const gate = Promise.withResolvers<undefined>();
  let writtenOfLost = 0;
  sink.before = ({ messages }) => {
    if (!source.origins.includes(losing as never)) {
      writtenOfLost += messages.filter(({ origin }) => origin === losing).length;
    }
    return gate.promise;
  };
  const process = { handle: ({ data }: { data: number }) => done(data), concurrency: 2, maxDemand: 10 };
  const batch = { size: 10, capacity: 20 };
  const pipeline = createPipeline({ name: "outlet", source, process, sink, batch, deadLetters });
  await pipeline.start();
  await vi.waitUntil(() => pipeline.describe().inWork === 40, soon);
  source.lose(source.origins.indexOf(losing as never));
  gate.resolve(undefined);
  const report = await pipeline.finished;
  expect(writtenOfLost).toBe(0);
  expect(report.settled + report.released).toBe(400);
  expect(report).toMatchObject({ pulled: 400, uncertain: 0 });
});

it("delivers again, and only, what the member that went away had not settled", async () => {
  const log = new MemoryLog({ partitions: 2 });
  for (let i = 0; i < 200; i += 1) log.append(i % 2, { key: `k${i % 5}`, value: String(i) });
  const first = log.join();
  const handled: string[] = [];
  let left = 50;
  const create = (name: string, source: ReturnType<MemoryLog["join"]>, isPatient: boolean) =>
    createPipeline({
      name,
      source,
      process: {
        handle: ({ data }) => {
          if (!isPatient && (left -= 1) < 0) return never;
          handled.push(data.value);
          return done();
        },
        concurrency: 2,
        maxDemand: 10,
      },
      deadLetters,
    });
  const dying = create("dying", first, false);
  await dying.start();
  await vi.waitUntil(() => left < 0 && dying.describe().awaitingSettle === 0, soon);
  const { committed } = log.group();
  const decided = committed.reduce((sum, offset) => sum + offset, 0);
  expect(decided).toBeGreaterThan(0);
  expect(await dying.drain({ deadlineMs: 0 })).toMatchObject({ uncertain: 0 });
  const survivor = create("survivor", log.join({ untilEnd: true }), true);
  await survivor.start();
  expect(await survivor.finished).toMatchObject({ pulled: 200 - decided, settled: 200 - decided });
  expect(new Set(handled).size).toBe(200);
});

it("stops when a source forgets to answer a settle, rather than hold up that origin in silence", async () => {
  const source = new ProbeSource({ total: 5 });
  source.settle = () => Promise.resolve(undefined as never);
  const pipeline = createPipeline({ name: "silent", source, process: { handle: () => done() }, deadLetters });
  await pipeline.start();
  expect((await pipeline.finished).error).toMatchObject({ code: "broken-source" });
});
