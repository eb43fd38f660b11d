import { expect, it, vi } from "vitest";
import {
  createPipeline,
  dead,
  done,
  drop,
  retry,
  WeirError,
  type Handler,
  type Message,
  type Outcome,
} from "./core.ts";
import { eventLog } from "./testing/event-log.ts";
import { hurriedClock } from "./testing/hurried-clock.ts";
import { ProbeSource } from "./testing/probe-source.ts";
import { MemoryDeadLetters, MemorySink } from "./testing/testing.ts";

const gone = new WeirError("connection-lost", "the server is gone", { kind: "dependency" });
const badRow = new WeirError("not-null", "a column was null", { kind: "row" });

interface Run {
  readonly total: number;
  readonly handle?: Handler<number, number>;
  readonly options?: object;
}

/** Runs `total` messages to the source's end; letters as `offset → reason`. */
async function run({ total, handle = ({ data }) => done(data), options }: Run) {
  const sink = new MemorySink<number>();
  const deadLetters = new MemoryDeadLetters();
  const source = new ProbeSource({ total });
  const process = { handle, concurrency: 4, maxDemand: 5, deadlineMs: 400 };
  const batch = { size: 10 };
  const clock = hurriedClock(20);
  const pipeline = createPipeline({ name: "outcomes", source, process, sink, batch, deadLetters, clock, ...options });
  const start = async (): Promise<Record<string, string>> => {
    await pipeline.start();
    await pipeline.finished;
    return Object.fromEntries([...deadLetters.letters.values()].map((each) => [each.message.offset, each.reason]));
  };
  return { pipeline, sink, source, deadLetters, start };
}

function everyAnswer({ data }: Message<number>): unknown {
  if (data === 1) throw new TypeError("cannot read");
  if (data === 2) return undefined;
  if (data === 3) return Promise.resolve({ kind: "uncertain", reason: "not for handlers" });
  if (data === 4) return Promise.reject(badRow);
  if (data === 5) return retry("later");
  if (data === 6) return drop("not wanted");
  if (data === 7) return dead("malformed");
  return done(data);
}

it("makes what a handler answers an outcome, and what it throws or fails to answer as well", async () => {
  const { pipeline, sink, deadLetters, start } = await run({ total: 20, handle: everyAnswer as never });
  expect(await start()).toEqual({
    1: "handler-failed",
    2: "no-outcome",
    3: "no-outcome",
    4: "not-null",
    5: "retry-unavailable",
    7: "malformed",
  });
  expect(await pipeline.finished).toMatchObject({ settled: 20, done: 13, dead: 6, dropped: 1 });
  expect(sink.rows.size).toBe(13);
  expect(deadLetters.letters.get("probe/0@1")?.detail).toBe("TypeError: cannot read");
  expect(deadLetters.letters.get("probe/0@2")?.detail).toContain(
    "the handler answered undefined for probe/0@2; expected done()",
  );
});

it("makes a message whose handler misses its deadline a dead letter, aborts the handler, and only counts its answer", async () => {
  const late = eventLog("late", "outcomes");
  const answers: ((outcome: Outcome<number>) => void)[] = [];
  let aborted = 0;
  const { pipeline, sink, start } = await run({
    total: 20,
    handle: ({ data }, { signal }) => {
      if (data !== 3) return done(data);
      signal.addEventListener("abort", () => (aborted += 1));
      return new Promise((resolve) => answers.push(resolve));
    },
  });
  expect(await start()).toEqual({ 3: "deadline-exceeded" });
  expect(aborted).toBe(1);
  expect(late.events).toEqual([]);
  for (const answer of answers) answer(done(3));
  await vi.waitUntil(() => late.events.length > 0, { interval: 1 });
  late.stop();
  expect(late.events).toEqual([{ pipeline: "outcomes", origin: "probe/0", offset: 3 }]);
  expect(await pipeline.finished).toMatchObject({ settled: 20, done: 19, dead: 1 });
  expect(sink.rows.has("probe/0@3")).toBe(false);
});

it("changes nothing when a handler answers after its deadline: not the demand, not the order, not the outcome", async () => {
  let late = 0;
  const { pipeline, source, sink, start } = await run({
    total: 400,
    handle: async ({ data }, { signal }) => {
      if (data % 20 !== 3) return done(data);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      late += 1;
      return done(data);
    },
  });
  let insideLeast = 0;
  source.onPull = () => {
    insideLeast = Math.min(insideLeast, pipeline.describe().processors.inside);
    return undefined;
  };
  const reasons = Object.values(await start());
  expect(reasons).toEqual(Array.from({ length: 20 }, () => "deadline-exceeded"));
  expect(late).toBe(20);
  expect(insideLeast).toBe(0);
  expect(pipeline.describe()).toMatchObject({ inWork: 0, inFlight: 0, awaitingSettle: 0 });
  expect(await pipeline.finished).toMatchObject({ pulled: 400, done: 380, dead: 20 });
  expect([...sink.rows.values()].filter((data) => data % 20 === 3)).toEqual([]);
});

it("lets a handler's dependency error cost the message nothing, not even its deadline, and says it once", async () => {
  const dependency = eventLog("dependency", "outcomes");
  const tries = new Map<number, number>();
  const { pipeline, start } = await run({
    total: 50,
    handle: async ({ data }) => {
      const count = (tries.get(data) ?? 0) + 1;
      tries.set(data, count);
      // Eight failures take 50 + 100 + … + 2000 ms at most, much longer than the deadline of 400 ms.
      if (data < 4 && count <= 8) throw gone;
      return done(data);
    },
  });
  expect(await start()).toEqual({});
  dependency.stop();
  expect(await pipeline.finished).toMatchObject({ settled: 50, done: 50 });
  expect(Math.max(...tries.values())).toBe(9);
  expect(dependency.events.map(({ what, state }) => `${what} ${state}`)).toEqual(["handler down", "handler up"]);
});

it("finds the rows at fault by bisecting: exactly they are dead, the rest is written in order", async () => {
  const bad = new Set([3, 4, 17, 29]);
  const { pipeline, sink, start } = await run({ total: 40 });
  sink.before = ({ messages }) => {
    if (messages.some(({ data }) => bad.has(data))) throw badRow;
    return undefined;
  };
  expect(await start()).toEqual({ 3: "not-null", 4: "not-null", 17: "not-null", 29: "not-null" });
  expect(await pipeline.finished).toMatchObject({ done: 36, dead: 4 });
  const written = sink.batches.flatMap(({ messages }) => messages.map(({ data }) => data));
  expect(written).toEqual(Array.from({ length: 40 }, (_, i) => i).filter((i) => !bad.has(i)));
});

it("writes the same batch again while the sink's server is away, and says so once", async () => {
  const dependency = eventLog("dependency", "outcomes");
  const written = eventLog("written", "outcomes");
  const { pipeline, sink, start } = await run({ total: 40 });
  const tried: string[] = [];
  sink.before = ({ messages }) => {
    tried.push(messages.map(({ data }) => data).join());
    if (tried.length <= 5) throw gone;
    return undefined;
  };
  expect(await start()).toEqual({});
  dependency.stop();
  written.stop();
  expect(await pipeline.finished).toMatchObject({ done: 40 });
  expect(new Set(tried.slice(0, 6)).size).toBe(1);
  expect(written.events[0]?.tries).toBe(6);
  expect(dependency.events.map(({ what, state }) => `${what} ${state}`)).toEqual([
    "memory sink down",
    "memory sink up",
  ]);
});

it("stops with the sentence of a programming error, and gives back what is in flight", async () => {
  const { pipeline, sink, start } = await run({ total: 1000 });
  sink.before = () => {
    throw new WeirError("no-such-table", "table orders does not exist: run the migrations", { kind: "programming" });
  };
  expect(await start()).toEqual({});
  const report = await pipeline.finished;
  expect(report.error?.message).toBe("table orders does not exist: run the migrations");
  expect(report).toMatchObject({ settled: 0, released: report.pulled });
});

it("sets aside what the sink leaves out, and ignores what it was not asked about", async () => {
  const { pipeline, sink, start } = await run({ total: 20 });
  const stranger = new ProbeSource().make(1)[0] as Message<number>;
  sink.before = ({ messages }) => {
    const outcomes = new Map<Message, Outcome>([[stranger, done()]]);
    for (const message of messages) if (message.data !== 6) outcomes.set(message, done());
    outcomes.set(messages[0] as Message, dead("refused"));
    return outcomes;
  };
  expect(await start()).toEqual({ 0: "refused", 6: "no-outcome", 10: "refused" });
  expect(await pipeline.finished).toMatchObject({ pulled: 20, settled: 20, done: 17, dead: 3 });
});

it.each([
  ["nothing", undefined],
  ["an array", []],
  ["a foreign word", { kind: "ok" }],
])("sets the whole batch aside when the sink answers %s instead of outcomes", async (_what, answer) => {
  const { pipeline, sink, start } = await run({ total: 3 });
  sink.write = () => Promise.resolve(answer as never);
  expect(await start()).toEqual({ 0: "no-outcome", 1: "no-outcome", 2: "no-outcome" });
  expect(await pipeline.finished).toMatchObject({ dead: 3 });
});

it("records a dead letter before it tells the source, again and again until it is durable", async () => {
  const { source, deadLetters, start } = await run({ total: 1, handle: () => dead("malformed") });
  const story: string[] = [];
  deadLetters.before = () => {
    story.push("record");
    if (story.length < 3) throw gone;
  };
  source.onSettle = async () => {
    story.push(`settle ${deadLetters.letters.size}`);
    return undefined;
  };
  await start();
  expect(story).toEqual(["record", "record", "record", "settle 1"]);
});

it("stops, and settles nothing, when dead letters cannot be recorded at all", async () => {
  const { pipeline, source, deadLetters, start } = await run({ total: 1, handle: () => dead("malformed") });
  deadLetters.before = () => {
    throw new WeirError("no-such-table", "table dead_letters does not exist", { kind: "programming" });
  };
  await start();
  expect((await pipeline.finished).error?.code).toBe("no-such-table");
  expect(source.settlements).toEqual([]);
});

it("does not take a healthy handler for a hung one when the clock jumps, or the process was stopped for an hour", async () => {
  const timers: (() => void)[] = [];
  let nowMs = 0;
  const after = (delayMs: number, callback: () => void): (() => void) => {
    // The sweeps of a deadline of 80 ms are fired by hand.
    if (delayMs !== 10) return hurriedClock(20).after(delayMs, callback);
    timers.push(callback);
    return () => {};
  };
  const clock = { ...hurriedClock(20), nowMs: () => nowMs, after };
  const gate = Promise.withResolvers<Outcome<number>>();
  const process = { handle: () => gate.promise, concurrency: 1, deadlineMs: 80 };
  const { pipeline, source, start } = await run({ total: 1, options: { clock, process, batch: { size: 1 } } });
  const letters = start();
  await vi.waitUntil(() => source.handedOut === 1, { interval: 1 });
  timers.shift()?.();
  nowMs += 3_600_000;
  timers.shift()?.();
  gate.resolve(done(1));
  expect(await letters).toEqual({});
  expect(await pipeline.finished).toMatchObject({ done: 1 });
});
