import { expect, it } from "vitest";
import { dead, done, drop, WeirError, type Message } from "../core.ts";
import { MemoryDeadLetters, MemorySink, testBatch, testMessage } from "./testing.ts";

const deadLetters = new MemoryDeadLetters();
const badRow = new WeirError("not-null", "a column was null", { kind: "row" });
const handle = ({ data }: Message<number>) =>
  data < 0 ? dead("negative") : data === 0 ? drop("zero") : done(String(data));

function optionsWith(sink: MemorySink<string>) {
  return { name: "tested", process: { handle, concurrency: 2 }, sink, batch: { size: 2, ageMs: 60_000 }, deadLetters };
}

it("answers with what was settled for a message, after its effect", async () => {
  const sink = new MemorySink<string>();
  expect(await testMessage(optionsWith(sink), { data: 5 })).toMatchObject({ kind: "done" });
  expect([...sink.rows.values()]).toEqual(["5"]);
  expect(await testMessage(optionsWith(sink), { data: -1 })).toEqual(dead("negative"));
  expect(await testMessage(optionsWith(sink), { data: 0 })).toEqual(drop("zero"));
});

it("answers with the outcomes in the order of the inputs, and with every call of the sink", async () => {
  const sink = new MemorySink<string>();
  sink.before = ({ messages }) => {
    if (messages.some(({ data }) => data === "13")) throw badRow;
    return undefined;
  };
  const inputs = [1, 0, 13, -2, 4].map((data) => ({ data, key: "k" }));
  const { outcomes, batches, report } = await testBatch(optionsWith(sink), inputs);
  const reasons = outcomes.map((outcome) => ("reason" in outcome ? outcome.reason : outcome.kind));
  expect(reasons).toEqual(["done", "zero", "not-null", "negative", "done"]);
  // The batch with the bad row is bisected, as in production.
  expect(batches).toEqual([
    { key: "0", trigger: "size", offsets: [0, 2] },
    { key: "0", trigger: "size", offsets: [0] },
    { key: "0", trigger: "size", offsets: [2] },
    { key: "0", trigger: "drain", offsets: [4] },
  ]);
  expect(report).toMatchObject({ pulled: 5, done: 2, dead: 2, dropped: 1 });
});

it("goes through windows and demand of any size, and closes the sink", async () => {
  const sink = new MemorySink<string>();
  let closes = 0;
  Object.assign(sink, { close: async () => void (closes += 1) });
  const options = { ...optionsWith(sink), windowMax: 2, process: { handle, concurrency: 1, maxDemand: 1 } };
  const { outcomes } = await testBatch(
    options,
    Array.from({ length: 50 }, (_, i) => ({ data: i + 1 })),
  );
  expect(outcomes).toHaveLength(50);
  expect(closes).toBe(1);
});

it("throws what stops the pipeline, and what is wrong with its options", async () => {
  const broken = new MemorySink<string>();
  broken.before = () => {
    throw new TypeError("no such column");
  };
  await expect(testMessage(optionsWith(broken), { data: 1 })).rejects.toMatchObject({ code: "unexpected" });
  const wrong = { ...optionsWith(new MemorySink<string>()), windowMax: 0 };
  await expect(testMessage(wrong, { data: 1 })).rejects.toMatchObject({ code: "invalid-options" });
});
