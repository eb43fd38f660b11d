import * as fc from "fast-check";
import { expect, it } from "vitest";
import { spec } from "../spec.ts";
import { parseOrder } from "../solution/parse-order.ts";
import { readOrder } from "./read-order.ts";

const recordOf = (value: Buffer | null) => ({
  topic: "orders",
  partition: 0,
  offset: 7,
  key: null,
  value,
  headers: {},
  timestampMs: 0,
});

const order = fc.record(
  {
    v: fc.constantFrom(1, 2, 99, "1"),
    id: fc.oneof(fc.string(), fc.integer()),
    account: fc.oneof(fc.string(), fc.constant(null)),
    amountCents: fc.oneof(fc.integer(), fc.double(), fc.string()),
  },
  { requiredKeys: [] },
);
const value = fc.oneof(
  fc.constant(null),
  fc.constant(Buffer.alloc(spec.recordBytesMax + 1, "1")),
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.json({ maxDepth: 1 }).map((text) => Buffer.from(text)),
  order.map((body) => Buffer.from(JSON.stringify(body))),
  fc
    .record({ v: fc.constant(1), id: fc.string(), account: fc.string(), amountCents: fc.integer() })
    .map((body) => Buffer.from(JSON.stringify(body))),
);

it("the loop by hand reads each record as the pipeline does: the same order, or the same reason", () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(value, (bytes) => {
      const outcome = parseOrder(recordOf(bytes));
      const reading = readOrder(recordOf(bytes));
      seen.add(reading.reason ?? "order");
      if (outcome.kind === "done") expect(reading).toEqual({ order: outcome.value });
      else expect(outcome).toMatchObject({ kind: "dead", reason: reading.reason });
    }),
    { numRuns: 500 },
  );
  expect([...seen].toSorted()).toEqual([
    "malformed-json",
    "malformed-order",
    "null-value",
    "order",
    "oversized",
    "unknown-version",
  ]);
});
