import { expect, it, vi } from "vitest";
import { createPipeline, done, systemClock, WeirError, type Message, type PipelineOptions } from "./core.ts";
import { eventLog } from "./testing/event-log.ts";
import { ProbeSource } from "./testing/probe-source.ts";
import { MemoryDeadLetters, MemorySink } from "./testing/testing.ts";

const gone = new WeirError("connection-lost", "the server is gone", { kind: "dependency" });
const never = new Promise<never>(() => {});
const soon = { interval: 1, timeout: 5000 };

function create(options: Partial<PipelineOptions<number, number>> = {}) {
  const [source, sink] = [new ProbeSource({ origins: 2 }), new MemorySink<number>()];
  const pipeline = createPipeline<number, number>({
    name: "drain",
    source,
    process: { handle: ({ data }) => done(data), concurrency: 2, maxDemand: 10 },
    sink,
    batch: { size: 10, ageMs: 60_000 },
    deadLetters: new MemoryDeadLetters(),
    ...options,
  });
  return { source, sink, pipeline };
}

it("settles everything that was pulled, partial batches too, and then closes the sink and the source", async () => {
  const { source, sink, pipeline } = create({ batch: { size: 1000, ageMs: 60_000, capacity: 1000 } });
  const drained = eventLog("drained", "drain");
  const closes: string[] = [];
  Object.assign(sink, { close: async () => void closes.push(`sink at ${source.settlements.length > 0}`) });
  source.onClose = async () => void closes.push("source");
  await pipeline.start();
  await vi.waitUntil(() => pipeline.describe().settled.done > 0, soon);
  const report = await pipeline.drain();
  drained.stop();
  expect(report).toEqual({
    pulled: source.handedOut,
    settled: source.handedOut,
    done: source.handedOut,
    dead: 0,
    dropped: 0,
    alreadyDecided: 0,
    released: 0,
    fenced: 0,
    uncertain: 0,
  });
  expect(sink.rows.size).toBe(source.handedOut);
  expect(closes).toEqual(["sink at true", "source"]);
  const { pulled, settled, released, uncertain } = report;
  expect(drained.events).toEqual([{ pipeline: "drain", pulled, settled, released, uncertain }]);
});

it("flushes what is still on its way in few batches, not one for each message", async () => {
  const gate = Promise.withResolvers<void>();
  const handle = async ({ data }: Message<number>) => {
    await gate.promise;
    return done(data);
  };
  const process = { handle, concurrency: 50, maxDemand: 4 };
  const { source, sink, pipeline } = create({ process, batch: { size: 100, ageMs: 60_000 } });
  sink.before = () => new Promise((resolve) => setImmediate(() => resolve(undefined)));
  await pipeline.start();
  await vi.waitUntil(() => source.handedOut === 200, soon);
  const draining = pipeline.drain();
  gate.resolve();
  expect(await draining).toMatchObject({ settled: 200 });
  expect(sink.batches.length).toBeLessThan(20);
});

it("can be drained before it was started, and then not be started any more", async () => {
  const { source, pipeline } = create();
  expect(await pipeline.drain()).toMatchObject({ pulled: 0, settled: 0, released: 0, uncertain: 0 });
  expect(source.closes).toBe(1);
  await expect(pipeline.start()).rejects.toMatchObject({ code: "wrong-state", kind: "programming" });
});

it("can be drained while its source starts, and pulls nothing then", async () => {
  const { source, pipeline } = create();
  const gate = Promise.withResolvers<void>();
  source.start = () => gate.promise;
  const starting = pipeline.start();
  expect(await pipeline.drain()).toMatchObject({ pulled: 0 });
  gate.resolve();
  await starting;
  expect(source.pulls).toEqual([]);
});

it("cannot be started twice", async () => {
  const { pipeline } = create();
  await pipeline.start();
  await expect(pipeline.start()).rejects.toMatchObject({ code: "wrong-state" });
  await pipeline.drain();
});

it("ends with the source's error when it cannot be started", async () => {
  const { source, pipeline } = create();
  source.start = () => Promise.reject(gone);
  await expect(pipeline.start()).rejects.toBe(gone);
  expect(await pipeline.finished).toMatchObject({ pulled: 0, error: gone });
  expect(source.closes).toBe(1);
});

it("gives every call the same report, and closes once", async () => {
  const { source, pipeline } = create();
  await pipeline.start();
  const [first, second] = await Promise.all([pipeline.drain(), pipeline.drain()]);
  expect(second).toBe(first);
  expect(await pipeline.drain({ deadlineMs: 0 })).toBe(first);
  expect(await pipeline.finished).toBe(first);
  expect(source.closes).toBe(1);
});

it("releases what a hung handler holds at the deadline, which a second call can shorten and not lengthen", async () => {
  const { source, pipeline } = create({ process: { handle: () => never, concurrency: 2, maxDemand: 10 } });
  await pipeline.start();
  await vi.waitUntil(() => source.handedOut === 20, soon);
  const first = pipeline.drain({ deadlineMs: 60_000 });
  void pipeline.drain({ deadlineMs: 20 });
  void pipeline.drain({ deadlineMs: 80_000 });
  void pipeline.drain();
  expect(await first).toMatchObject({ pulled: 20, settled: 0, released: 20, uncertain: 0 });
});

it.each([-1, 0.5, Number.NaN, Infinity])("refuses a deadline of %s", async (deadlineMs) => {
  const { pipeline } = create();
  await expect(pipeline.drain({ deadlineMs })).rejects.toMatchObject({ code: "invalid-options" });
  expect(pipeline.describe().state).toBe("created");
  await pipeline.drain();
});

it("gives back what could not be written while the sink's server is away", async () => {
  const { sink, pipeline } = create();
  sink.before = () => {
    throw gone;
  };
  await pipeline.start();
  await vi.waitUntil(() => pipeline.describe().inWork > 30, soon);
  const report = await pipeline.drain({ deadlineMs: 30 });
  expect(report).toMatchObject({ settled: 0, released: report.pulled, uncertain: 0 });
  expect(report.error).toBeUndefined();
});

it("calls a settle that was on its way uncertain, and moves no number when it answers", async () => {
  const { source, pipeline } = create();
  const gate = Promise.withResolvers<undefined>();
  source.onSettle = () => gate.promise;
  const events = [eventLog("settled", "drain"), eventLog("lost", "drain")];
  await pipeline.start();
  await vi.waitUntil(() => pipeline.describe().awaitingSettle >= 10, soon);
  const report = await pipeline.drain({ deadlineMs: 0 });
  expect(report.uncertain).toBeGreaterThan(0);
  expect(report.pulled).toBe(report.settled + report.released + report.uncertain);
  const copy = { ...report };
  gate.resolve(undefined);
  source.lose(0);
  await new Promise(setImmediate);
  expect(report).toEqual(copy);
  expect(pipeline.describe().settled).toEqual({ done: 0, dead: 0, dropped: 0, alreadyDecided: 0 });
  for (const { events: seen, stop } of events) {
    stop();
    expect(seen).toEqual([]);
  }
});

it("counts what answers after the drain as late", async () => {
  const answers: (() => void)[] = [];
  const handle = ({ data }: Message<number>) =>
    new Promise<ReturnType<typeof done<number>>>((resolve) => answers.push(() => resolve(done(data))));
  const { pipeline } = create({ process: { handle, concurrency: 2, maxDemand: 10 } });
  const late = eventLog("late", "drain");
  await pipeline.start();
  await vi.waitUntil(() => answers.length === 2, soon);
  await pipeline.drain({ deadlineMs: 0 });
  for (const answer of answers) answer();
  await new Promise(setImmediate);
  late.stop();
  expect(late.events).toHaveLength(2);
});

it("does not wait for ever for a pull that ignores its signal, nor count what it brings too late", async () => {
  const { source, pipeline } = create();
  const gate = Promise.withResolvers<Message<number>[]>();
  source.onPull = () => gate.promise;
  await pipeline.start();
  expect(await pipeline.drain({ deadlineMs: 10 })).toMatchObject({ pulled: 0 });
  gate.resolve(source.make(5));
  await new Promise(setImmediate);
  expect(pipeline.describe().sources).toMatchObject([{ pulled: 0 }]);
});

it("does not wait for ever for a close that hangs: it says so", async () => {
  // Only the limit for closing, 10 s, is cut short.
  const clock = {
    ...systemClock,
    after: (delayMs: number, callback: () => void) => systemClock.after(delayMs === 10_000 ? 5 : delayMs, callback),
  };
  const { source, pipeline } = create({ clock });
  source.onClose = () => never;
  await pipeline.start();
  const report = await pipeline.drain();
  expect(report.error?.message).toBe("probe did not close within 10000 ms");
  expect(report.settled).toBe(report.pulled);
});

it("reports a close that fails, and still closes the rest", async () => {
  const { source, sink, pipeline } = create();
  Object.assign(sink, { close: () => Promise.reject(gone) });
  await pipeline.start();
  expect(await pipeline.drain()).toMatchObject({ error: gone });
  expect(source.closes).toBe(1);
});

it("leaves no timer and no listener behind, whatever it was doing", async () => {
  const timers = new Set<object>();
  const clock = {
    ...systemClock,
    after: (delayMs: number, callback: () => void) => {
      const timer = {};
      timers.add(timer);
      const cancel = systemClock.after(delayMs, () => {
        timers.delete(timer);
        callback();
      });
      return () => {
        timers.delete(timer);
        cancel();
      };
    },
  };
  const warnings: string[] = [];
  const warn = (warning: Error): void => void warnings.push(warning.name);
  process.on("warning", warn);
  // More waiting handlers than Node allows listeners of one signal without a warning; a full window; a deadline.
  const { source, pipeline } = create({
    clock,
    process: { handle: () => Promise.reject(gone), concurrency: 20, maxDemand: 1, deadlineMs: 10_000 },
    windowMax: 40,
  });
  await pipeline.start();
  await vi.waitUntil(() => source.handedOut === 20, soon);
  await pipeline.drain({ deadlineMs: 5 });
  await new Promise(setImmediate);
  process.off("warning", warn);
  expect(timers.size).toBe(0);
  expect(warnings).toEqual([]);
});
