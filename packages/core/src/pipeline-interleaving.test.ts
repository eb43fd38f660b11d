import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createPipeline, dead, describeMessage, done, systemClock, WeirError } from "./core.ts";
import type { Clock, Message, Outcome, Pipeline, PipelineReport } from "./core.ts";
import { ProbeSource } from "./testing/probe-source.ts";
import { MemoryDeadLetters, MemorySink } from "./testing/testing.ts";
import { WatchedSource } from "./testing/watched-source.ts";

const gone = new WeirError("connection-lost", "the server is gone", { kind: "dependency", definite: false });
/** Timers beyond it (a drain's deadline, the limit for closing) never fire: the pipeline must come to its end without. */
const soonMs = 5000;

const plans = fc.record({
  total: fc.integer({ min: 1, max: 40 }),
  concurrency: fc.integer({ min: 1, max: 3 }),
  maxDemand: fc.integer({ min: 1, max: 4 }),
  size: fc.integer({ min: 1, max: 5 }),
  writers: fc.integer({ min: 1, max: 2 }),
  hasDeadline: fc.boolean(),
  /** Which calls of the handlers, the sink and the settles fail. */
  faults: fc.array(fc.boolean(), { minLength: 1, maxLength: 30 }),
  losses: fc.integer({ min: 0, max: 2 }),
  drain: fc.constantFrom("at the end", "early", "forced"),
});
type Plan = typeof plans extends fc.Arbitrary<infer P> ? P : never;

/** Timers fire whenever the scheduler likes, and time is where the last one put it. */
function scheduledClock(scheduler: fc.Scheduler): Clock {
  let nowMs = 0;
  const after = (delayMs: number, callback: () => void): (() => void) => {
    const dueMs = nowMs + delayMs;
    let isCancelled = delayMs >= soonMs;
    if (!isCancelled) {
      void scheduler.schedule(Promise.resolve(), `timer ${delayMs}`).then(() => {
        nowMs = Math.max(nowMs, dueMs);
        if (!isCancelled) callback();
      });
    }
    return () => (isCancelled = true);
  };
  return { ...systemClock, nowMs: () => nowMs, after, random: () => 0.5 };
}

/** What one run is made of, and what it has seen. */
interface Stage {
  readonly inner: ProbeSource;
  readonly source: WatchedSource<number>;
  readonly sink: MemorySink<number>;
  readonly deadLetters: MemoryDeadLetters;
  readonly started: Message<number>[];
  readonly pipeline: Pipeline;
}

function setUp(scheduler: fc.Scheduler, plan: Plan): Stage {
  let turn = 0;
  const step = async (what: string): Promise<void> => {
    await scheduler.schedule(Promise.resolve(), what);
    turn += 1;
    // Faults end: else a plan of faults alone would never let anything through.
    if (turn < 200 && plan.faults[turn % plan.faults.length] === true && turn % 3 === 0) throw gone;
  };
  const inner = new ProbeSource({ origins: 3, total: plan.total, keyOf: (n) => `k${n % 3}` });
  const source = new WatchedSource(inner);
  const [sink, deadLetters] = [new MemorySink<number>(), new MemoryDeadLetters()];
  inner.onSettle = () => step("settle").then(() => undefined);
  sink.before = () => step("write").then(() => undefined);
  deadLetters.before = () => step("record");
  const started: Message<number>[] = [];
  const handle = async (message: Message<number>): Promise<Outcome<number>> => {
    started.push(message);
    const { data } = message;
    await step(`handle ${data}`);
    return data % 5 === 4 ? dead("malformed") : done(data);
  };
  const { concurrency, maxDemand, size, writers } = plan;
  const pipeline = createPipeline<number, number>({
    name: "interleaved",
    source,
    process: { handle, concurrency, maxDemand, ...(plan.hasDeadline ? { deadlineMs: 1000 } : {}) },
    sink,
    batch: { size, ageMs: 10, concurrency: writers },
    deadLetters,
    windowMax: 2 * concurrency * maxDemand,
    drainDeadlineMs: 2 * soonMs,
    clock: scheduledClock(scheduler),
  });
  source.free = () => pipeline.describe().processors.insideMax - pipeline.describe().processors.inside;
  return { inner, source, sink, deadLetters, started, pipeline };
}

function expectAccounted(plan: Plan, { inner, source }: Stage, report: PipelineReport): void {
  expect(report.error).toBeUndefined();
  expect(report.pulled).toBe(report.settled + report.released + report.uncertain);
  expect(report.pulled).toBe(inner.handedOut);
  if (plan.drain === "at the end") expect(report.pulled).toBe(plan.total);
  if (plan.drain !== "forced") expect(report.uncertain).toBe(0);
  if (plan.drain !== "forced" && plan.losses === 0) expect(report.released).toBe(0);
  expect(source.breaches).toEqual([]);
}

/** Settled means: the effect or the dead letter is there. */
function expectDurable({ inner, sink, deadLetters }: Stage, report: PipelineReport): void {
  let settled = 0;
  for (const { messages, outcomes } of inner.settlements) {
    settled += messages.length;
    messages.forEach((message, i) => {
      const id = describeMessage(message);
      expect(outcomes[i]?.kind === "done" ? sink.rows.has(id) : deadLetters.letters.has(id)).toBe(true);
    });
  }
  expect(settled).toBeGreaterThanOrEqual(report.settled);
}

function expectOrder(messages: readonly Message[]): void {
  const last = new Map<string, number>();
  for (const { origin, key, offset } of messages) {
    const lane = `${origin.id} ${String(key)}`;
    expect(last.get(lane) ?? -1, lane).toBeLessThanOrEqual(offset);
    last.set(lane, offset);
  }
}

async function interleave(scheduler: fc.Scheduler, plan: Plan): Promise<void> {
  const stage = setUp(scheduler, plan);
  const { inner, sink, started, pipeline } = stage;
  await pipeline.start();
  for (let i = 0; i < plan.losses; i += 1) {
    void scheduler.schedule(Promise.resolve(), "lose").then(() => inner.lose(0));
  }
  if (plan.drain !== "at the end") {
    const deadline = plan.drain === "forced" ? { deadlineMs: 1 } : {};
    void scheduler.schedule(Promise.resolve(), "drain").then(() => pipeline.drain(deadline));
  }
  await scheduler.waitFor(pipeline.finished);
  const report = await pipeline.finished;
  expectAccounted(plan, stage, report);
  expectDurable(stage, report);
  expectOrder(started);
  expectOrder(sink.batches.flatMap(({ messages }) => messages));
}

it(
  "comes to its end with every message accounted for, in every interleaving of handlers, writes, settles, timers, losses and drains",
  { timeout: 60_000 },
  async () => {
    await fc.assert(fc.asyncProperty(fc.scheduler(), plans, interleave), {
      numRuns: 1000,
      interruptAfterTimeLimit: 8000,
    });
  },
);
