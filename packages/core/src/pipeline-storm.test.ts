import * as fc from "fast-check";
import { expect, it, vi } from "vitest";
import { createPipeline, dead, done, drop, onEvent, WeirError, type HandlerContext, type Message } from "./core.ts";
import type { Outcome, Pipeline } from "./core.ts";
import { hurriedClock } from "./testing/hurried-clock.ts";
import { seededRandom } from "./testing/seeded-random.ts";
import { MemoryDeadLetters, MemoryLog, MemorySink, type LogRecord } from "./testing/testing.ts";
import { WatchedSource } from "./testing/watched-source.ts";

const gone = new WeirError("connection-lost", "the server is gone", { kind: "dependency", definite: false });
const badRow = new WeirError("not-null", "a column was null", { kind: "row" });
const never = new Promise<never>(() => {});

/** What happens to a record on its way; the rest is decided by chance. */
const fates = [
  "fine",
  "fine",
  "slow",
  "throws",
  "dead",
  "drop",
  "bad-row",
  "left-out",
  "outage",
  "hangs",
  "overdue",
] as const;
type Fate = (typeof fates)[number];

const records = fc.array(
  fc.record({ key: fc.constantFrom("a", "b", "c", "d", "e", null), fate: fc.constantFrom(...fates) }),
  { minLength: 1, maxLength: 60 },
);
const storms = fc.record({
  partitions: fc.array(records, { minLength: 1, maxLength: 4 }),
  concurrency: fc.integer({ min: 1, max: 4 }),
  maxDemand: fc.integer({ min: 1, max: 6 }),
  size: fc.integer({ min: 1, max: 8 }),
  writers: fc.integer({ min: 1, max: 3 }),
  windowExtra: fc.integer({ min: 0, max: 20 }),
  rebalances: fc.integer({ min: 0, max: 6 }),
  faultRate: fc.double({ min: 0, max: 0.4, noNaN: true }),
  seed: fc.integer(),
});
type Storm = typeof storms extends fc.Arbitrary<infer S> ? S : never;

/** Everything outside the pipelines, shared by them: the log, the sink, the dead letters, and what was seen. */
class World {
  readonly log: MemoryLog;
  readonly sink = new MemorySink<string>();
  readonly deadLetters = new MemoryDeadLetters();
  readonly dropped = new Set<string>();
  readonly breaches: string[] = [];
  readonly random: () => number;
  readonly #faultRate: number;
  readonly #hung = new Set<string>();
  readonly #lastHandled = new Map<unknown, Map<unknown, number>>();

  constructor(storm: Storm) {
    this.random = seededRandom(storm.seed);
    this.#faultRate = storm.faultRate;
    this.log = new MemoryLog({ partitions: storm.partitions.length });
    storm.partitions.forEach((each, i) =>
      this.log.append(i, ...each.map(({ key, fate }) => ({ key: key === null ? null : `${i}${key}`, value: fate }))),
    );
    this.log.settleFault = () => (this.strikes() ? gone : undefined);
    this.deadLetters.before = async () => this.#mayFail();
    this.sink.before = async ({ messages }) => {
      await this.pause();
      this.#mayFail();
      if (messages.some(({ data }) => data === "bad-row")) throw badRow;
      const outcomes = new Map<Message, Outcome>();
      for (const message of messages) if (message.data !== "left-out") outcomes.set(message, done());
      return outcomes;
    };
  }

  strikes(): boolean {
    return this.random() < this.#faultRate;
  }

  async pause(): Promise<void> {
    for (let i = Math.floor(this.random() * 4); i > 0; i -= 1) await new Promise(setImmediate);
  }

  async handle(message: Message<LogRecord>, { signal }: HandlerContext): Promise<Outcome<string>> {
    this.#watchOrder(message);
    const fate = message.data.value as Fate;
    const id = `${message.origin.id}@${message.offset}`;
    if (fate === "slow" || signal.aborted) await this.pause();
    if (fate === "throws") throw new TypeError("cannot read");
    if (fate === "dead") return dead("malformed");
    if (fate === "outage" && this.random() < 0.7) throw gone;
    if (fate === "hangs" && !this.#hung.has(id)) {
      this.#hung.add(id);
      await never;
    }
    if (fate === "overdue" && !signal.aborted) {
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      await this.pause();
    }
    if (fate !== "drop") return done(fate);
    this.dropped.add(id);
    return drop("unwanted");
  }

  #mayFail(): void {
    if (this.strikes()) throw gone;
  }

  /** A dependency's error lets a message start again; nothing lets it start behind a later one of its key. */
  #watchOrder({ origin, key, offset }: Message): void {
    if (key === null) return;
    const last = this.#lastHandled.get(origin) ?? new Map<unknown, number>();
    this.#lastHandled.set(origin, last);
    if ((last.get(key) ?? -1) > offset) this.breaches.push(`handled ${origin.id}@${offset} behind ${last.get(key)}`);
    last.set(key, offset);
  }
}

function join(world: World, storm: Storm, name: string): { pipeline: Pipeline; source: WatchedSource<LogRecord> } {
  const source = new WatchedSource(world.log.join());
  source.beforePull = async () => {
    if (world.strikes()) throw gone;
  };
  const { concurrency, maxDemand, size, writers, windowExtra } = storm;
  const pipeline = createPipeline<LogRecord, string>({
    name,
    source,
    process: { handle: (message, context) => world.handle(message, context), concurrency, maxDemand, deadlineMs: 500 },
    sink: world.sink,
    batch: { size, concurrency: writers, ageMs: 20 },
    deadLetters: world.deadLetters,
    windowMax: 2 * concurrency * maxDemand + windowExtra,
    clock: { ...hurriedClock(100), random: world.random },
  });
  source.free = () => pipeline.describe().processors.insideMax - pipeline.describe().processors.inside;
  return { pipeline, source };
}

function expectOrderInSink(world: World): void {
  const last = new Map<unknown, Map<unknown, number>>();
  for (const { origin, key, offset } of world.sink.batches.flatMap(({ messages }) => messages)) {
    if (key === null) continue;
    const keys = last.get(origin) ?? new Map<unknown, number>();
    last.set(origin, keys);
    expect(keys.get(key) ?? -1, `${origin.id}@${offset} written behind`).toBeLessThanOrEqual(offset);
    keys.set(key, offset);
  }
}

/** Each record ended where its fate says, and nowhere else. A hung one is dead, or fine if its tenure ended first. */
function expectFates(world: World, storm: Storm): void {
  const ends: Record<Fate, readonly string[]> = {
    fine: ["row"],
    slow: ["row"],
    outage: ["row"],
    throws: ["handler-failed"],
    dead: ["malformed"],
    drop: ["dropped"],
    "bad-row": ["not-null"],
    "left-out": ["no-outcome", "row no-outcome"],
    overdue: ["deadline-exceeded", "row", "row deadline-exceeded"],
    hangs: ["deadline-exceeded", "row", "row deadline-exceeded"],
  };
  storm.partitions.forEach((each, i) =>
    each.forEach(({ fate }, offset) => {
      const id = `log/${i}@${offset}`;
      const row = world.sink.rows.has(id) ? "row" : "";
      const end = [row, world.deadLetters.letters.get(id)?.reason, world.dropped.has(id) ? "dropped" : ""];
      expect(ends[fate], `${id} ${fate}`).toContain(end.filter(Boolean).join(" "));
    }),
  );
}

async function weather(storm: Storm): Promise<void> {
  const world = new World(storm);
  const members = [join(world, storm, "one"), join(world, storm, "two")];
  // Resized, a pipeline has at most the places that it was made with.
  const inWorkMax = members[0]?.pipeline.describe().inWorkMax ?? 0;
  const look = (): void => {
    for (const { pipeline } of members) {
      const { inWork, origins } = pipeline.describe();
      if (inWork > inWorkMax) world.breaches.push(`in work ${inWork} > ${inWorkMax}`);
      for (const { id, span, windowMax } of origins)
        if (span > windowMax) world.breaches.push(`${id} spans ${span} > ${windowMax}`);
    }
  };
  const stops = (["pulled", "batched", "settled", "lost", "written"] as const).map((name) => onEvent(name, look));
  try {
    for (const { pipeline } of members) await pipeline.start();
    for (let i = 0; i < storm.rebalances; i += 1) {
      for (let turns = Math.floor(world.random() * 30); turns > 0; turns -= 1) await new Promise(setImmediate);
      world.log.group().rebalance(i % 2);
      const { pipeline } = members[i % 2] as { readonly pipeline: Pipeline };
      pipeline.resize(1 + Math.floor(world.random() * storm.concurrency));
      pipeline.flush();
      if (world.random() < 0.5) pipeline.pause();
      await world.pause();
      pipeline.resume();
    }
    const lengths = storm.partitions.map((each) => each.length);
    // Demand is never stuck: everything ends up committed.
    await vi.waitFor(() => expect(world.log.group().committed).toEqual(lengths), { interval: 1, timeout: 8000 });
    for (const { pipeline, source } of members) {
      const report = await pipeline.drain();
      expect(report.error).toBeUndefined();
      expect(report.uncertain).toBe(0);
      expect(report.pulled).toBe(report.settled + report.released);
      expect(report.settled).toBeLessThanOrEqual(source.settledCount);
      expect(pipeline.describe()).toMatchObject({ inFlight: 0, awaitingSettle: 0 });
    }
    expect([...world.breaches, ...members.flatMap(({ source }) => source.breaches)]).toEqual([]);
    expectOrderInSink(world);
    expectFates(world, storm);
  } finally {
    for (const stop of stops) stop();
    await Promise.all(members.map(({ pipeline }) => pipeline.drain({ deadlineMs: 0 })));
  }
}

it(
  "settles every message where its fate says, in order, inside every bound, whatever fails and however often partitions change hands",
  { timeout: 60_000 },
  async () => {
    await fc.assert(fc.asyncProperty(storms, weather), {
      numRuns: 60,
      interruptAfterTimeLimit: 12_000,
      endOnFailure: true,
    });
  },
);
