import { expect, it, vi } from "vitest";
import {
  createPipeline,
  dead,
  done,
  drop,
  retry,
  WeirError,
  type Failure,
  type FailureHook,
  type HandlerContext,
  type Message,
} from "./core.ts";
import { ProbeSource } from "./testing/probe-source.ts";
import { MemoryDeadLetters, MemorySink, testMessage } from "./testing/testing.ts";

const gone = new WeirError("connection-lost", "the server is gone", { kind: "dependency" });
const none = new Promise<never>(() => {});

/** What becomes of one message under a failing handler and a hook, and what the hook was told. */
async function outcomeOf(handle: () => unknown, onFailed: FailureHook<number, number>) {
  const told: Failure[] = [];
  const hook: FailureHook<number, number> = (message, failure) => {
    told.push(failure);
    return onFailed(message, failure);
  };
  const [sink, deadLetters] = [new MemorySink<number>(), new MemoryDeadLetters()];
  const process = { handle: handle as never, onFailed: hook, deadlineMs: 16, concurrency: 1 };
  const outcome = await testMessage<number, number>({ name: "failing", process, sink, deadLetters }, { data: 7 });
  return { outcome, told, rows: [...sink.rows.values()] };
}

const failures: readonly [string, string, () => unknown][] = [
  ["threw", "handler-failed", () => Promise.reject(new TypeError("cannot read"))],
  ["threw", "not-json", () => Promise.reject(new WeirError("not-json", "no JSON", { kind: "row" }))],
  ["no-outcome", "no-outcome", () => undefined],
  ["deadline", "deadline-exceeded", () => none],
];

it.each(failures)(
  "asks onFailed about a handler that %s (%s), and does as it answers",
  async (kind, reason, handle) => {
    const { outcome, told, rows } = await outcomeOf(handle, ({ data }) => done(data * 2));
    expect(told).toMatchObject([{ kind, reason }]);
    expect(outcome.kind).toBe("done");
    expect(rows).toEqual([14]);
    expect((await outcomeOf(handle, () => drop("boring"))).outcome).toEqual(drop("boring"));
    expect((await outcomeOf(handle, () => dead("mine", "as I say"))).outcome).toEqual(dead("mine", "as I say"));
    expect((await outcomeOf(handle, () => retry("later"))).outcome).toMatchObject({ reason: "retry-unavailable" });
  },
);

it.each(failures)(
  "sets the message aside when onFailed fails itself about a handler that %s (%s)",
  async (_kind, reason, handle) => {
    const { outcome } = await outcomeOf(handle, () => {
      throw new Error("no idea");
    });
    expect(outcome).toMatchObject({ kind: "dead", reason });
    expect(outcome).toHaveProperty("detail", expect.stringMatching(/; onFailed failed too: Error: no idea$/));
    const late = await outcomeOf(handle, (async () => done(1)) as never);
    expect(late.outcome).toMatchObject({ kind: "dead", reason });
    expect(late.outcome).toHaveProperty("detail", expect.stringMatching(/; onFailed gave no outcome$/));
    expect(late.rows).toEqual([]);
  },
);

it("hands on what was thrown, and is not asked about a dependency or an outcome", async () => {
  const error = new RangeError("far out");
  const { told } = await outcomeOf(
    () => Promise.reject(error),
    () => drop("x"),
  );
  expect(told[0]?.thrown).toBe(error);
  let tries = 0;
  const handle = (): unknown => ((tries += 1), tries === 1 ? Promise.reject(gone) : dead("malformed"));
  expect(await outcomeOf(handle, () => drop("x"))).toMatchObject({ outcome: { reason: "malformed" }, told: [] });
});

async function throwOnAbort(_message: Message<number>, { signal }: HandlerContext): Promise<never> {
  await new Promise((resolve) => signal.addEventListener("abort", resolve));
  throw new Error("aborted");
}

it("is asked once about a handler that throws after its deadline, and not at all about a lost tenure", async () => {
  const source = new ProbeSource({ origins: 2, total: 4 });
  const told: number[] = [];
  const onFailed: FailureHook<number, never> = ({ data }) => (told.push(data), drop("late"));
  const process = { handle: throwOnAbort, onFailed, concurrency: 4, maxDemand: 2, deadlineMs: 40 };
  const pipeline = createPipeline({ name: "once", source, process, deadLetters: new MemoryDeadLetters() });
  source.onPull = (max) => (source.handedOut === 4 ? undefined : Promise.resolve(source.make(Math.min(2, max))));
  await pipeline.start();
  await vi.waitUntil(() => source.handedOut === 4, { interval: 1, timeout: 5000 });
  source.lose(1);
  const report = await pipeline.finished;
  expect(told.length).toBe(report.dropped);
  expect(new Set(told).size).toBe(2);
  expect(report).toMatchObject({ dropped: 2, released: 2 });
});
