import { expect, it } from "vitest";
import { spec } from "../spec.ts";
import { parseOrder } from "../solution/parse-order.ts";
import { orderStream, reasonOf, type StreamMessage } from "./stream.ts";

const all = (seed: number, messages = 5_000): StreamMessage[] => [...orderStream({ seed, messages })];
const asRecord = ({ key, value }: StreamMessage): Parameters<typeof parseOrder>[0] => ({
  topic: "t",
  partition: 0,
  offset: 0,
  key: Buffer.from(key),
  value,
  headers: {},
  timestampMs: 0,
});

it("the same seed gives the same bytes, another one does not", () => {
  expect(all(7)).toEqual(all(7));
  expect(all(7)).not.toEqual(all(8));
});

it("every kind of bad record is there, as many as the spec says", () => {
  const messages = all(3, 20_000);
  const count = (kind: string): number => messages.filter((message) => message.kind === kind).length;
  expect(count("unknown-version")).toBe(spec.unknownVersionCount);
  expect(count("oversized")).toBe(spec.oversizedCount);
  expect(count("null")).toBe(spec.nullCount);
  expect(count("malformed") / 20_000).toBeGreaterThan(spec.malformedPerMille / 2_000);
  expect(count("malformed") / 20_000).toBeLessThan(spec.malformedPerMille / 500);
});

it("the solution parses what is valid and gives the rest the reason that the judge expects", () => {
  for (const message of all(5)) {
    const outcome = parseOrder(asRecord(message));
    if (message.kind === "valid") expect(outcome.kind).toBe("done");
    else expect(outcome).toMatchObject({ kind: "dead", reason: reasonOf[message.kind] });
  }
});

it("every id is given once", () => {
  const ids = all(9).flatMap((message) => (message.kind === "valid" ? [message.digest] : []));
  expect(new Set(ids).size).toBe(ids.length);
});
