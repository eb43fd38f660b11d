import type { Batch } from "kafkajs";
import { describe, expect, it } from "vitest";
import { isCutBack, takeIn } from "./intake.ts";
import { Tenure } from "./tenures.ts";

/** As the client gives it: `offsets` are delivered; `last` is behind markers that are not. */
function batchOf(offsets: readonly number[], { logEnd = 1_000, last = offsets.at(-1) ?? 0 } = {}): Batch {
  const message = { key: null, value: null, timestamp: "0", attributes: 0, headers: {} };
  return {
    topic: "orders",
    partition: 0,
    highWatermark: String(logEnd),
    messages: offsets.map((offset) => ({ ...message, offset: String(offset) })),
    firstOffset: () => String(offsets[0] ?? last),
    lastOffset: () => String(last),
  } as unknown as Batch;
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);

function tenureAt(next: number, committed: number): Tenure {
  const tenure = new Tenure({ topic: "orders", partition: 0 }, 1);
  takeIn(tenure, batchOf(range(committed, next)));
  return tenure;
}

const offsetsOf = (tenure: Tenure, batch: Batch) => takeIn(tenure, batch).messages.map(({ offset }) => Number(offset));

describe("intake", () => {
  it("takes a new tenure's first batch wherever it begins, and calls that place committed", () => {
    const tenure = new Tenure({ topic: "orders", partition: 0 }, 1);
    expect(offsetsOf(tenure, batchOf([40, 41]))).toEqual([40, 41]);
    expect([tenure.next, tenure.watermark, tenure.committed]).toEqual([42, 40, 40]);
  });

  it("leaves out what it has when a kept partition starts again at its committed offset", () => {
    const tenure = tenureAt(50, 40);
    expect(isCutBack(tenure, batchOf(range(40, 55)))).toBe(false);
    expect(offsetsOf(tenure, batchOf(range(40, 55)))).toEqual(range(50, 55));
    expect(tenure.next).toBe(55);
  });

  it("lets the client go on behind what it has when a whole batch was left out", () => {
    const tenure = tenureAt(50, 40);
    expect(takeIn(tenure, batchOf(range(40, 45)))).toEqual({ messages: [], resolved: "49", gap: null });
    expect(tenure.next).toBe(50);
  });

  it("does not mistake for another log what the client read before the latest commit", () => {
    const tenure = tenureAt(50, 40);
    tenure.committed = 48;
    expect(isCutBack(tenure, batchOf(range(40, 55)))).toBe(false);
  });

  it("tells a gap, and takes what comes behind it", () => {
    const tenure = tenureAt(50, 40);
    expect(takeIn(tenure, batchOf([60, 61])).gap).toEqual({ expected: 50, found: 60 });
    expect(tenure.next).toBe(62);
  });

  it("tells no gap where a transaction's marker was the last of a batch", () => {
    const tenure = tenureAt(50, 40);
    takeIn(tenure, batchOf([50, 51], { last: 52 }));
    expect(takeIn(tenure, batchOf([53])).gap).toBeNull();
  });

  it("topic recreated: notices a log that ends before our next offset", () => {
    expect(isCutBack(tenureAt(50, 40), batchOf(range(40, 45), { logEnd: 45 }))).toBe(true);
  });

  it("topic recreated: notices a log that has grown past us again, because it begins below what is committed", () => {
    expect(isCutBack(tenureAt(50, 40), batchOf(range(0, 80)))).toBe(true);
  });

  it("topic recreated: notices that the client went back to the beginning although nobody rejoined", () => {
    const tenure = tenureAt(50, 40);
    tenure.wasReset = true;
    expect(isCutBack(tenure, batchOf(range(45, 60)))).toBe(true);
    tenure.wasReset = true;
    expect(isCutBack(tenure, batchOf(range(70, 75)))).toBe(false);
    takeIn(tenure, batchOf(range(70, 75)));
    expect(tenure.wasReset).toBe(false);
  });
});
