import { createVirtualClock } from "@weir/core/testing";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createRateLimit } from "../backpressure.ts";
import { fullestWindow } from "./window-count.ts";

const anyRate = fc.record({
  permits: fc.integer({ min: 1, max: 40 }),
  perMs: fc.integer({ min: 1, max: 500 }),
  burst: fc.integer({ min: 1, max: 30 }),
});

describe("a rate limit", () => {
  it("gives at most permits + burst in every window, wherever it begins, to callers that come and go", async () => {
    await fc.assert(
      fc.asyncProperty(
        anyRate,
        fc.array(
          fc.record({
            pauseMs: fc.integer({ min: 0, max: 300 }),
            max: fc.integer({ min: 1, max: 50 }),
            leaves: fc.boolean(),
          }),
          {
            minLength: 1,
            maxLength: 40,
          },
        ),
        async (rate, calls) => {
          const clock = createVirtualClock();
          const limit = createRateLimit({ name: "calls", clock, ...rate });
          const times: number[] = [];
          const waiting = [];
          for (const { pauseMs, max, leaves } of calls) {
            const leave = new AbortController();
            waiting.push(
              limit.take(max, leave.signal).then((count) => {
                expect(count).toBeLessThanOrEqual(Math.min(max, rate.burst));
                for (let i = 0; i < count; i += 1) times.push(clock.nowMs());
              }),
            );
            await clock.advanceBy(pauseMs);
            if (leaves) leave.abort();
          }
          expect(await clock.advanceUntil(() => limit.counts.waiting === 0)).toBe(true);
          await Promise.all(waiting);
          expect(fullestWindow(times, rate.perMs)).toBeLessThanOrEqual(rate.permits + rate.burst);
          expect(limit.counts.given).toBe(times.length);
          expect(clock.timers).toBe(0);
        },
      ),
      { numRuns: 150 },
    );
  });

  it("holds nothing back: who always asks gets the whole rate", async () => {
    await fc.assert(
      fc.asyncProperty(anyRate, async (rate) => {
        const clock = createVirtualClock();
        const limit = createRateLimit({ name: "calls", clock, ...rate });
        const intervalMs = rate.perMs / rate.permits;
        // A timer waits whole milliseconds: what it oversleeps must fit into the burst, or it is lost.
        fc.pre((rate.burst - 1) * intervalMs >= 1);
        let given = 0;
        while (given < 60) given += await promptly(limit.take(100), clock);
        // The thousandth is for the rounding of the fraction above.
        expect(clock.nowMs()).toBeLessThanOrEqual(Math.max(0, given - rate.burst) * intervalMs + 1.001);
      }),
      { numRuns: 100 },
    );
  });

  it("serves first who came first", async () => {
    const clock = createVirtualClock();
    const limit = createRateLimit({ name: "calls", clock, permits: 10, perMs: 1000, burst: 1 });
    const served: string[] = [];
    for (const name of ["a", "b", "c", "d"]) void limit.take(1).then(() => served.push(name));
    await clock.advanceBy(250);
    expect(served).toEqual(["a", "b", "c"]);
    await clock.advanceBy(50);
    expect(served).toEqual(["a", "b", "c", "d"]);
    expect(limit.counts).toMatchObject({ given: 4, waiting: 0, waitedMs: 300, roundTrips: 0 });
  });

  it("is changed while callers wait, and what was given before counts", async () => {
    const clock = createVirtualClock();
    const limit = createRateLimit({ name: "calls", clock, permits: 1, perMs: 1000, burst: 1 });
    const times: number[] = [];
    const note = (): number => times.push(clock.nowMs());
    for (let i = 0; i < 6; i += 1) void limit.take(1).then(note);
    await clock.advanceBy(1500);
    expect(times).toEqual([0, 1000]);
    await limit.change({ permits: 10, perMs: 1000, burst: 1 });
    await clock.advanceBy(400);
    // Half of an interval had passed: half of one, of the new ones, is left to wait.
    expect(times).toEqual([0, 1000, 1550, 1650, 1750, 1850]);
    await limit.change({ permits: 1, perMs: 1000, burst: 1 });
    void limit.take(1).then(note);
    await clock.advanceBy(2000);
    expect(times.slice(6)).toEqual([2400]);
  });

  it("stands still for no longer than a burst when the clock is set back", async () => {
    const clock = createVirtualClock();
    let offsetMs = 0;
    const jumping = { ...clock, nowMs: () => clock.nowMs() + offsetMs };
    const limit = createRateLimit({ name: "calls", clock: jumping, permits: 10, perMs: 1000, burst: 2 });
    await limit.take(2);
    offsetMs = -3_600_000;
    const waiting = limit.take(1);
    await clock.advanceBy(200);
    expect(await waiting).toBe(1);
  });

  it("answers with 0 to a signal that aborts, also to one that has", async () => {
    const clock = createVirtualClock();
    const limit = createRateLimit({ name: "calls", clock, permits: 1, perMs: 1000, burst: 1 });
    await limit.take(1);
    const stop = new AbortController();
    const waiting = limit.take(1, stop.signal);
    stop.abort();
    expect(await waiting).toBe(0);
    expect(await limit.take(1, stop.signal)).toBe(0);
    expect(limit.counts).toMatchObject({ given: 1, waiting: 0 });
  });

  it.each([0, -5, 0.5, Infinity])("refuses %d permits or as burst, at the door and in a change", async (bad) => {
    const make = (): unknown => createRateLimit({ name: "calls", permits: bad, burst: bad });
    expect(make).toThrow(/permits: expected a whole number from 1[^]*burst: expected a whole number from 1/);
    const limit = createRateLimit({ name: "calls", permits: 5 });
    await expect(limit.change({ permits: bad })).rejects.toMatchObject({ code: "invalid-options" });
  });

  it("says that permits or a name are missing", () => {
    expect(() => createRateLimit({} as { permits: number; name: string })).toThrow(
      /permits: expected[^]*name: expected/,
    );
  });
});

async function promptly(waiting: Promise<number>, clock: ReturnType<typeof createVirtualClock>): Promise<number> {
  let count: number | undefined;
  void waiting.then((given) => (count = given));
  await clock.advanceUntil(() => count !== undefined);
  return count ?? 0;
}
