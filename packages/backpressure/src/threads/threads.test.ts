import { createPipeline, done, type Message } from "@weir/core";
import { createVirtualClock, MemoryDeadLetters, MemoryLog } from "@weir/core/testing";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createThreads, type Threads } from "../backpressure.ts";
import type { HeavyTask } from "./heavy-work.ts";

const module = new URL("heavy-work.ts", import.meta.url);
const task = (kind: HeavyTask["kind"], n = 10): HeavyTask => ({ kind, n });

/** A thread takes its time to start where everybody wants the processor. */
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

describe("threads", () => {
  let threads: Threads<HeavyTask, number>;
  const bothWork = async (): Promise<void> => {
    const sums = await Promise.all([threads.run(task("sum", 3)), threads.run(task("sum", 4))]);
    expect(sums).toEqual([3, 6]);
  };
  beforeAll(async () => {
    threads = createThreads({ module, threadsMax: 2 });
    await bothWork();
  });
  afterAll(() => threads.close());

  it("map a list, in order, at most as many at once as there are threads", async () => {
    const map = threads.map(Array.from({ length: 20 }, (_, n) => task("sum", n + 1)));
    expect(await map.collect()).toEqual(Array.from({ length: 20 }, (_, n) => (n * (n + 1)) / 2));
    expect(map.counts.atWorkMax).toBe(2);
  });

  it("leave the event loop to others while they work", async () => {
    let turns = 0;
    const count = (): void => {
      turns += 1;
      next = setImmediate(count);
    };
    let next = setImmediate(count);
    await threads.run(task("sum", 100_000_000));
    clearImmediate(next);
    // Worked in this thread, the loop would have turned once.
    expect(turns).toBeGreaterThan(10);
  });

  it("end the work itself at its deadline or when it is called off, and go on with others", async () => {
    // Only this clock's time counts: how long another thread takes to start is the machine's affair.
    const clock = createVirtualClock();
    const map = threads.map([task("hang"), task("hang"), task("sum", 4)], {
      deadlineMs: 100,
      failures: "value",
      clock,
    });
    const collected = map.collect();
    expect(await clock.advanceUntil(() => map.counts.overdue === 2)).toBe(true);
    expect(await collected).toMatchObject([
      { ok: false, error: { code: "deadline-exceeded" } },
      { ok: false, error: { code: "deadline-exceeded" } },
      { ok: true, value: 6 },
    ]);
    // Two threads alone: if those were still at work, nothing could follow.
    const stop = new AbortController();
    const hanging = threads.run(task("hang"), { signal: stop.signal });
    stop.abort("enough");
    await expect(hanging).rejects.toMatchObject({ code: "cancelled", cause: "enough" });
    await bothWork();
  });

  it("say what went wrong: thrown errors, WeirErrors with their code, a thread that ended, a result that nobody can copy", async () => {
    await expect(threads.run(task("throw"))).rejects.toThrow(new RangeError("no 10"));
    await expect(threads.run(task("throw-weir"))).rejects.toMatchObject({ code: "odd", kind: "row", definite: false });
    await expect(threads.run(task("exit"))).rejects.toMatchObject({ code: "thread-lost", kind: "row" });
    await expect(threads.run(task("uncopyable"))).rejects.toMatchObject({ code: "thread-lost" });
    await bothWork();
  });

  it("refuse a task when too many wait already, and end what they do when they are closed", async () => {
    const few = createThreads<HeavyTask, number>({ module, threadsMax: 1, queuedMax: 1 });
    await few.run(task("sum", 1));
    const answers = Promise.allSettled([few.run(task("hang")), few.run(task("sum", 3))]);
    await expect(few.run(task("sum", 3))).rejects.toMatchObject({ code: "overloaded", kind: "dependency" });
    await few.close();
    expect(await answers).toMatchObject([{ reason: { code: "cancelled" } }, { reason: { code: "cancelled" } }]);
    await expect(few.run(task("sum"))).rejects.toMatchObject({ code: "wrong-state" });
  });

  it("are a pipeline's handler: its deadline ends the work, and the message becomes a dead letter", async () => {
    const log = new MemoryLog({ topic: "t", partitions: 1 });
    log.append(0, { key: null, value: "4" }, { key: null, value: "hang" }, { key: null, value: "5" });
    const deadLetters = new MemoryDeadLetters();
    const sums: number[] = [];
    const clock = createVirtualClock();
    const pipeline = createPipeline({
      name: "sums",
      source: log.join({ untilEnd: true }),
      process: {
        deadlineMs: 400,
        handle: async ({ data }: Message<{ readonly value: string | null }>, { signal }) => {
          const isHung = data.value === "hang";
          sums.push(await threads.run(task(isHung ? "hang" : "sum", Number(data.value)), { signal }));
          return done(data);
        },
      },
      deadLetters,
      clock,
    });
    await pipeline.start();
    while (sums.length < 2) await new Promise(setImmediate);
    expect(await clock.advanceUntil(() => deadLetters.letters.size === 1)).toBe(true);
    expect(await pipeline.finished).toMatchObject({ pulled: 3, done: 2, dead: 1 });
    // Both threads work, so the one that hung was ended.
    expect([...deadLetters.letters.values()].map(({ reason }) => reason)).toEqual(["deadline-exceeded"]);
    expect(new Set(sums)).toEqual(new Set([6, 10]));
    await bothWork();
  });
});

it.each([0, -1, 1.5, Infinity])("threads refuse %d as a bound, and a module that is no URL", (bound) => {
  const make = (): unknown =>
    createThreads({ module: "work.ts" as unknown as URL, threadsMax: bound, queuedMax: bound });
  expect(make).toThrow(/threadsMax: expected a whole[^]*queuedMax: expected a whole[^]*module: expected new URL/);
});

it.each([
  [{ module: new URL("nowhere.ts", import.meta.url) }, /cannot be loaded/],
  [{ module, name: "nothing" }, /exports no function nothing/],
])("threads say that their function is not there", async (options, sentence) => {
  const threads = createThreads({ threadsMax: 1, ...options });
  try {
    await expect(threads.run(1)).rejects.toMatchObject({
      code: "no-thread-function",
      message: expect.stringMatching(sentence),
    });
  } finally {
    await threads.close();
  }
});
