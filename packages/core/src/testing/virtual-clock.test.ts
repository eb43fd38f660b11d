import { expect, it } from "vitest";
import { createPipeline, done, WeirError } from "../core.ts";
import { ProbeSource } from "./probe-source.ts";
import { createVirtualClock, MemoryDeadLetters, MemorySink } from "./testing.ts";

it("fires timers in the order of their times, at exactly their times, and at equal times in the order of setting", async () => {
  const clock = createVirtualClock({ startMs: 1000 });
  const fired: string[] = [];
  const note = (name: string) => (): void => void fired.push(`${name} ${clock.nowMs()}`);
  clock.after(30, note("c"));
  clock.after(10, () => {
    note("a")();
    clock.after(5, note("b"));
  });
  const cancel = clock.after(12, note("never"));
  clock.after(30, note("d"));
  cancel();
  expect(clock.timers).toBe(3);
  expect(await clock.advance()).toBe(true);
  expect(fired).toEqual(["a 1010"]);
  await clock.advanceBy(19);
  expect(fired).toEqual(["a 1010", "b 1015"]);
  expect(clock.nowMs()).toBe(1029);
  await clock.advanceBy(1);
  expect(fired).toEqual(["a 1010", "b 1015", "c 1030", "d 1030"]);
  expect(await clock.advance()).toBe(false);
});

function draw(seed: number): readonly unknown[] {
  const clock = createVirtualClock({ seed });
  return [clock.random(), clock.random(), clock.id(), clock.id()];
}

it("gives the same numbers and ids for the same seed, and others for another", () => {
  expect(draw(3)).toEqual(draw(3));
  expect(draw(3)).not.toEqual(draw(4));
  expect(
    draw(3)
      .slice(0, 2)
      .every((n) => typeof n === "number" && n >= 0 && n < 1),
  ).toBe(true);
});

it("drives a pipeline through outages, deadlines and ages without any time passing, the same way each time", async () => {
  const gone = new WeirError("connection-lost", "the server is gone", { kind: "dependency" });
  const run = async () => {
    const clock = createVirtualClock({ seed: 7 });
    const [sink, source, deadLetters] = [
      new MemorySink<number>(),
      new ProbeSource({ total: 20 }),
      new MemoryDeadLetters(),
    ];
    const writes: number[] = [];
    sink.before = () => {
      writes.push(clock.nowMs());
      if (writes.length < 6) throw gone;
      return undefined;
    };
    const pipeline = createPipeline<number, number>({
      name: "virtual",
      source,
      process: {
        handle: ({ data }) => (data === 4 ? new Promise<never>(() => {}) : done(data)),
        concurrency: 2,
        deadlineMs: 60_000,
      },
      sink,
      batch: { ageMs: 3_600_000 },
      deadLetters,
      clock,
    });
    await pipeline.start();
    let report: unknown;
    void pipeline.finished.then((ended) => (report = ended));
    expect(await clock.advanceUntil(() => report !== undefined)).toBe(true);
    expect(report).toMatchObject({ done: 19, dead: 1 });
    return { writes, endedMs: clock.nowMs() };
  };
  const first = await run();
  expect(first.endedMs).toBeGreaterThan(60_000);
  expect(await run()).toEqual(first);
});
