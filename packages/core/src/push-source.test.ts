import { expect, it, vi } from "vitest";
import { createPipeline, createPushSource, done, type Message, type OverloadPolicy } from "./core.ts";
import { eventLog } from "./testing/event-log.ts";
import { MemoryDeadLetters } from "./testing/testing.ts";

const soon = { interval: 1, timeout: 5000 };

/** A pipeline whose one handler waits for a gate, behind a source of two places. */
function create(overload?: OverloadPolicy) {
  const source = createPushSource<number>({ name: "orders", bufferMax: 2, ...(overload && { overload }) });
  const gate = Promise.withResolvers<void>();
  const handled: number[] = [];
  const handle = async ({ data }: Message<number>) => {
    await gate.promise;
    handled.push(data);
    return done(data);
  };
  const process = { handle, concurrency: 1, maxDemand: 1 };
  const pipeline = createPipeline({ name: "push", source, process, deadLetters: new MemoryDeadLetters() });
  /** Until one message is inside and two wait in the buffer. */
  const fill = async (): Promise<void> => {
    await pipeline.start();
    await source.push(0, "k");
    await vi.waitUntil(() => pipeline.describe().inFlight === 1, soon);
    expect(await Promise.all([source.push(1, "k"), source.push(2, "k")])).toEqual(["taken", "taken"]);
    expect(source.buffered).toBe(2);
  };
  return { source, pipeline, gate, handled, fill };
}

it("lets a push wait for room, in the order in which they came", async () => {
  const { source, pipeline, gate, handled, fill } = create();
  await fill();
  const answers: string[] = [];
  const waiting = [3, 4].map((n) => source.push(n, "k").then((answer) => answers.push(`${answer} ${n}`)));
  await new Promise(setImmediate);
  expect([answers, source.waiting, source.buffered]).toEqual([[], 2, 2]);
  gate.resolve();
  await Promise.all(waiting);
  source.end();
  expect(await pipeline.finished).toMatchObject({ settled: 5 });
  expect(answers).toEqual(["taken 3", "taken 4"]);
  expect(handled).toEqual([0, 1, 2, 3, 4]);
});

it("sheds what does not fit, and counts it with its reason", async () => {
  const { source, pipeline, gate, handled, fill } = create("shed");
  const shed = eventLog("shed", "push");
  await fill();
  expect(await Promise.all([source.push(3), source.push(4)])).toEqual(["shed", "shed"]);
  expect(pipeline.describe().sources).toMatchObject([{ name: "orders", shed: 2 }]);
  gate.resolve();
  await vi.waitUntil(() => source.buffered === 0, soon);
  expect(await source.push(5)).toBe("taken");
  source.end();
  await pipeline.finished;
  shed.stop();
  expect(handled).toEqual([0, 1, 2, 5]);
  const event = { pipeline: "push", source: "orders", reason: "buffer-full", count: 1 };
  expect(shed.events).toEqual([event, event]);
});

it("counts what it shed before its pipeline was started", async () => {
  const { source, pipeline, gate } = create("shed");
  const answers = [];
  for (const n of [1, 2, 3]) answers.push(await source.push(n));
  expect(answers).toEqual(["taken", "taken", "shed"]);
  await pipeline.start();
  expect(pipeline.describe().sources).toMatchObject([{ shed: 1 }]);
  gate.resolve();
  source.end();
  expect(await pipeline.finished).toMatchObject({ pulled: 2, settled: 2 });
});

it("refuses what does not fit, with an error that says that it may fit later", async () => {
  const { source, pipeline, gate, fill } = create("refuse");
  await fill();
  await expect(source.push(3)).rejects.toMatchObject({ code: "overloaded", retryable: true, definite: true });
  gate.resolve();
  await vi.waitUntil(() => source.buffered === 0, soon);
  expect(await source.push(3)).toBe("taken");
  await pipeline.drain();
});

it("takes nothing after its end, nor when its pipeline has ended, and leaves no push waiting", async () => {
  const { source, pipeline, fill } = create();
  await fill();
  const waits = expect(source.push(3)).rejects.toMatchObject({ code: "wrong-state" });
  await pipeline.drain({ deadlineMs: 0 });
  await waits;
  await expect(source.push(4)).rejects.toMatchObject({ code: "wrong-state" });
});

it("hands out nothing while its origin is paused, and goes on when it is resumed", async () => {
  const source = createPushSource<number>({ name: "small" });
  const gate = Promise.withResolvers<void>();
  const handle = ({ data }: Message<number>) => (data === 0 ? gate.promise.then(() => done(data)) : done(data));
  const process = { handle, concurrency: 2, maxDemand: 1 };
  const deadLetters = new MemoryDeadLetters();
  const pipeline = createPipeline({ name: "small", source, process, windowMax: 4, deadLetters });
  for (let n = 0; n < 20; n += 1) await source.push(n);
  source.end();
  await pipeline.start();
  // The first message holds up the window.
  await vi.waitUntil(() => pipeline.describe().origins[0]?.isPaused, soon);
  for (let turns = 0; turns < 5; turns += 1) await new Promise(setImmediate);
  expect(source.buffered).toBeGreaterThanOrEqual(16);
  gate.resolve();
  const report = await pipeline.finished;
  expect(report.error).toBeUndefined();
  expect(report.settled).toBe(20);
});

it("reports everything that is wrong with its options at once", () => {
  const wrong = { name: "", bufferMax: 0, overload: "refused", policy: 1 };
  expect(() => createPushSource(wrong as never)).toThrow(
    expect.objectContaining({
      code: "invalid-options",
      message: [
        "invalid options:",
        "  - bufferMax: expected a whole number from 1 to 1000000 (messages), given 0",
        "  - policy: no such option",
        '  - name: expected a name, given ""',
        '  - overload: expected one of wait, shed, refuse, given "refused"; did you mean refuse?',
      ].join("\n"),
    }),
  );
});
