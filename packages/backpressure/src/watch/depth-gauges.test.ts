import { createPipeline, createPushSource, done, type Message } from "@weir/core";
import { createVirtualClock, MemoryDeadLetters } from "@weir/core/testing";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createDepthGauges, onQueueAlarm, pipelineQueues, type QueueAlarm } from "../backpressure.ts";

const one = (): number => 1;

describe("depth gauges", () => {
  const alarms: QueueAlarm[] = [];
  let stopListening: () => void;
  beforeEach(() => {
    alarms.length = 0;
    stopListening = onQueueAlarm((alarm) => alarms.push(alarm));
  });
  afterEach(() => stopListening());

  it("raise an alarm once and clear it once, and say how long it lasted", async () => {
    const clock = createVirtualClock();
    let now = 0;
    const queues = [{ name: "orders", depth: () => now, bound: () => 100, lowWater: 40 }];
    const gauges = createDepthGauges({ queues, everyMs: 100, raiseAfterMs: 500, clock });
    await clock.advanceBy(1000);
    now = 95;
    await clock.advanceBy(550);
    expect(alarms).toEqual([]);
    now = 70;
    await clock.advanceBy(1000);
    now = 99;
    await clock.advanceBy(1000);
    expect(alarms).toEqual([{ queue: "orders", state: "raised", depth: 70, highWater: 90, lastedMs: 500 }]);
    expect(gauges.read()).toMatchObject([{ depth: 99, depthMax: 99, bound: 100, lowWater: 40, isRaised: true }]);
    now = 40;
    await clock.advanceBy(100);
    now = 89;
    await clock.advanceBy(2000);
    expect(alarms.slice(1)).toEqual([{ queue: "orders", state: "cleared", depth: 40, highWater: 90, lastedMs: 2500 }]);
    gauges.close();
    expect(clock.timers).toBe(0);
  });

  it("say nothing of a burst that is over in time", async () => {
    const clock = createVirtualClock();
    let now = 100;
    const queues = [{ name: "lag", depth: () => now, highWater: 50 }];
    const gauges = createDepthGauges({ queues, everyMs: 100, raiseAfterMs: 500, clock });
    await clock.advanceBy(450);
    now = 25;
    await clock.advanceBy(1000);
    expect(alarms).toEqual([]);
    gauges.close();
  });

  it("raise and clear in turn, whatever a depth does, and are raised only where it stayed above its low water", async () => {
    const anyDepths = fc.array(fc.nat(20), { minLength: 1, maxLength: 60 });
    const property = fc.asyncProperty(anyDepths, fc.nat(5), async (depths, looks) => {
      alarms.length = 0;
      const clock = createVirtualClock();
      let at = 0;
      const queues = [{ name: "q", depth: () => depths[at] ?? 0, highWater: 12, lowWater: 6 }];
      const gauges = createDepthGauges({ queues, everyMs: 10, raiseAfterMs: looks * 10, clock });
      for (at = 1; at <= depths.length; at += 1) await clock.advanceBy(10);
      gauges.close();
      // At the end the depth is 0: whatever was raised has been cleared.
      expect(alarms.map(({ state }) => state)).toEqual(alarms.map((_, i) => (i % 2 === 0 ? "raised" : "cleared")));
      expect(alarms.length % 2).toBe(0);
      // Spells above the low water, from the first sight of the high water.
      let spells = 0;
      let seen: number | undefined;
      for (const depth of depths) {
        if (seen === undefined && depth >= 12) seen = 0;
        else if (seen !== undefined && depth > 6) seen += 1;
        else if (depth <= 6) seen = undefined;
        if (seen === looks) spells += 1;
      }
      expect(alarms.length / 2).toBe(spells);
    });
    await fc.assert(property, { numRuns: 100 });
  });

  it("watch the queues between a pipeline's stages, each against its bound", async () => {
    const clock = createVirtualClock();
    const queue = createPushSource<number>({ name: "in" });
    const written = Promise.withResolvers<undefined>();
    const pipeline = createPipeline({
      name: "slow",
      source: queue,
      process: { handle: ({ data }: Message<number>) => done(data), concurrency: 2, maxDemand: 3 },
      sink: { name: "hung", write: async () => (await written.promise, done()), close: async () => {} },
      batch: { size: 2, capacity: 4 },
      deadLetters: new MemoryDeadLetters(),
      clock,
    });
    const gauges = createDepthGauges({ queues: pipelineQueues(pipeline), everyMs: 10, raiseAfterMs: 100, clock });
    await pipeline.start();
    for (let i = 0; i < 50; i += 1) await queue.push(i);
    await clock.advanceBy(300);
    const depths = gauges.read().map((reading) => [reading.queue, reading.depth, reading.bound, reading.isRaised]);
    expect(depths).toEqual([
      ["slow/processors", 5, 6, true],
      ["slow/batcher", 4, 4, true],
      ["slow/window", 9, 16_384, false],
    ]);
    written.resolve(undefined);
    queue.end();
    await clock.advanceBy(300);
    await pipeline.finished;
    expect(alarms.map((alarm) => `${alarm.queue} ${alarm.state}`)).toEqual([
      "slow/processors raised",
      "slow/batcher raised",
      "slow/processors cleared",
      "slow/batcher cleared",
    ]);
    gauges.close();
  });

  it("say all that is wrong at once", () => {
    const queues = [
      { name: "a", depth: one },
      { name: "a", depth: one, highWater: Infinity },
      { name: "b", depth: one, highWater: 5, lowWater: 5 },
    ];
    expect(() => createDepthGauges({ everyMs: 0, raiseAfterMs: -1, queues })).toThrow(
      /everyMs: [^]*raiseAfterMs: [^]*queues.0.highWater: [^]*queues.1.name: expected each name once[^]*queues.1.highWater: [^]*queues.2.lowWater: /,
    );
  });
});
