import { expect, it } from "vitest";
import { chain, dead, done, drop, type Message, type Outcome } from "./core.ts";
import { MemoryDeadLetters, testBatch } from "./testing/testing.ts";

interface Order {
  readonly id: number;
  readonly total: number;
}

function parse(value: string): Outcome {
  try {
    return done(JSON.parse(value) as unknown);
  } catch {
    return dead("malformed-json", `not JSON: ${value}`);
  }
}

function validate(value: unknown): Outcome<Order> {
  if (typeof value !== "object" || value === null || !("total" in value) || !("id" in value)) return dead("no-order");
  const { id, total } = value;
  return typeof total === "number" && typeof id === "number" ? done({ id, total }) : dead("no-number");
}

/** Runs inputs through the chain `parse → validate → persist` in a real pipeline; answers with outcomes and what was persisted. */
async function through(...inputs: readonly string[]) {
  const stored: number[] = [];
  const persist = async (order: Order, message: Message<string>): Promise<Outcome<string>> => {
    await Promise.resolve();
    if (order.total === 0) return drop("empty-order");
    if (order.total < 0) throw new RangeError("a negative total");
    stored.push(order.id);
    return done(`${message.data.length} characters`);
  };
  const handle = chain(parse).next(validate).next(persist);
  const options = { name: "chain", process: { handle, concurrency: 1 }, deadLetters: new MemoryDeadLetters() };
  const { outcomes } = await testBatch(
    options,
    inputs.map((data) => ({ data })),
  );
  return { stored, outcomes };
}

it("hands each step what the one before it made, and the last one's outcome to the pipeline", async () => {
  const { stored, outcomes } = await through('{"id":1,"total":5}', '{"id":2,"total":6}');
  expect(stored).toEqual([1, 2]);
  expect(outcomes.map(({ kind }) => kind)).toEqual(["done", "done"]);
});

it("ends with the first step that is not done, with its reason, and calls none behind it", async () => {
  const { stored, outcomes } = await through(
    "{",
    "3",
    '{"id":1,"total":"5"}',
    '{"id":1,"total":0}',
    '{"id":1,"total":-1}',
  );
  expect(stored).toEqual([]);
  expect(outcomes).toMatchObject([
    { kind: "dead", reason: "malformed-json", detail: "not JSON: {" },
    { kind: "dead", reason: "no-order" },
    { kind: "dead", reason: "no-number" },
    { kind: "drop", reason: "empty-order" },
    { kind: "dead", reason: "handler-failed", detail: "RangeError: a negative total" },
  ]);
});

it("stays synchronous as long as its steps are, and takes a step that answers nothing for a missing outcome", async () => {
  const context = { signal: new AbortController().signal };
  const handle = chain(parse).next(validate);
  expect(handle({ data: '{"id":1,"total":2}' } as Message<string>, context)).toEqual(done({ id: 1, total: 2 }));
  const forgetful = chain(parse)
    .next((() => undefined) as never)
    .next(validate);
  const options = { name: "chain", process: { handle: forgetful }, deadLetters: new MemoryDeadLetters() };
  expect((await testBatch(options, [{ data: "1" }])).outcomes).toMatchObject([{ reason: "no-outcome" }]);
});

it("is a new chain with each step: a shared beginning is not changed", () => {
  const context = { signal: new AbortController().signal };
  const start = chain(parse);
  const [twice, thrice] = [start.next((n) => done(Number(n) * 2)), start.next((n) => done(Number(n) * 3))];
  const outcomes = [start, twice, thrice].map((handle) => handle({ data: "7" } as Message<string>, context));
  expect(outcomes).toEqual([done(7), done(14), done(21)]);
});

it("can be awaited like any other value: it is no promise", async () => {
  const handle = chain(parse);
  expect(await Promise.resolve(handle)).toBe(handle);
});
