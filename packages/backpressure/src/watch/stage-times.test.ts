import { createPipeline, createPushSource, done, type Message, type Pipeline, type PushSource } from "@weir/core";
import { createVirtualClock, MemoryDeadLetters, type VirtualClock } from "@weir/core/testing";
import { beforeEach, describe, expect, it } from "vitest";
import { createRateLimit, createStageTimes, limitSource, type StageTimesGauge } from "../backpressure.ts";

describe("time in state", () => {
  let clock: VirtualClock;
  let queue: PushSource<number>;
  let handlerMs: number;
  let writeMs: number;
  let pipeline: Pipeline;
  let times: StageTimesGauge;
  const limitOf = (permits: number) => createRateLimit({ name: "in", clock, permits, burst: 1 });
  const pause = (ms: number): Promise<void> => new Promise((resolve) => void clock.after(ms, resolve));

  async function open(limit = limitOf(1_000_000)): Promise<void> {
    queue = createPushSource({ name: "in", bufferMax: 100_000 });
    pipeline = createPipeline({
      name: "p",
      source: limitSource(queue, limit),
      process: {
        concurrency: 2,
        maxDemand: 4,
        handle: async ({ data }: Message<number>) => {
          if (handlerMs > 0) await pause(handlerMs);
          return done(data);
        },
      },
      sink: { name: "rows", write: async () => (writeMs > 0 && (await pause(writeMs)), done()), close: async () => {} },
      batch: { size: 2, capacity: 4, ageMs: 1 },
      deadLetters: new MemoryDeadLetters(),
      clock,
    });
    times = createStageTimes({ pipeline, limit, everyMs: 10, clock });
    await pipeline.start();
    times.read();
  }
  const push = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i += 1) await queue.push(i);
  };

  beforeEach(() => {
    clock = createVirtualClock();
    handlerMs = 0;
    writeMs = 0;
  });

  it("goes to the source where nothing comes", async () => {
    await open();
    await clock.advanceBy(1000);
    expect(times.read()).toMatchObject({
      mostly: "source",
      waitedForMs: { source: 1000 },
      now: { producer: "source" },
    });
  });

  it("goes to the limiter where permits are short", async () => {
    await open(limitOf(20));
    await push(500);
    await clock.advanceBy(2000);
    const { mostly, waitedForMs } = times.read();
    expect(mostly).toBe("limiter");
    expect(waitedForMs.limiter).toBeGreaterThan(1900);
  });

  it("goes to the handler where it is slow, to the sink where that is, and back to the source afterwards", async () => {
    await open();
    handlerMs = 100;
    await push(50);
    await clock.advanceBy(2000);
    expect(times.read()).toMatchObject({ mostly: "handler", now: { producer: "demand", processors: "handler" } });
    handlerMs = 0;
    writeMs = 200;
    await push(50);
    await clock.advanceBy(2000);
    expect(times.read()).toMatchObject({
      mostly: "sink",
      now: { producer: "demand", processors: "sink", batcher: "sink" },
    });
    writeMs = 0;
    await clock.advanceBy(3000);
    times.read();
    await clock.advanceBy(1000);
    expect(times.read()).toMatchObject({ mostly: "source", now: { processors: "idle", batcher: "idle" } });
  });

  it("goes to its owner while it is paused", async () => {
    await open();
    pipeline.pause();
    times.read();
    await clock.advanceBy(500);
    expect(times.read()).toMatchObject({ mostly: "paused", waitedForMs: { paused: 500 } });
    times.close();
  });

  it("refuses no pipeline, and a pause of nothing", () => {
    const nothing = {} as Pipeline;
    expect(() => createStageTimes({ pipeline: nothing, everyMs: 0 })).toThrow(
      /everyMs: expected[^]*pipeline: expected/,
    );
  });
});
