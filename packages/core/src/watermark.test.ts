import * as fc from "fast-check";
import { expect, it } from "vitest";
import { Watermark } from "./watermark.ts";

it("stands before the first message that is not settled, over holes in the offsets", () => {
  const watermark = new Watermark(8);
  expect(watermark.position).toBe(-1);
  const [a, b, c] = [watermark.deliver(10), watermark.deliver(12), watermark.deliver(20)];
  expect(watermark.position).toBe(10);
  watermark.settle(b);
  expect(watermark.position).toBe(10);
  expect(watermark.oldest).toBe(10);
  watermark.settle(a);
  expect(watermark.position).toBe(13);
  expect(watermark.oldest).toBe(20);
  watermark.settle(c);
  expect(watermark.position).toBe(21);
  expect(watermark.oldest).toBeUndefined();
});

it("keeps its window occupied until the source has confirmed", () => {
  const watermark = new Watermark(2);
  watermark.settle(watermark.deliver(0));
  watermark.settle(watermark.deliver(1));
  expect(watermark.span).toBe(2);
  expect(watermark.deliver(2)).toBe(-1);
  watermark.release(watermark.mark);
  expect(watermark.span).toBe(0);
  expect(watermark.deliver(2)).toBe(2);
});

it("is the longest settled prefix, whatever the order of settling", () => {
  const orders = fc
    .array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 40 })
    .chain((gaps) => fc.tuple(fc.constant(gaps), fc.shuffledSubarray(gaps.map((_, i) => i))));
  fc.assert(
    fc.property(orders, ([gaps, order]) => {
      const watermark = new Watermark(gaps.length);
      let offset = 100;
      const offsets = gaps.map((gap) => (offset += gap));
      for (const each of offsets) watermark.deliver(each);
      const settled = new Set<number>();
      for (const sequence of order) {
        watermark.settle(sequence);
        settled.add(sequence);
        const open = offsets.findIndex((_, i) => !settled.has(i));
        const last = open === -1 ? offsets.length - 1 : open - 1;
        expect(watermark.position).toBe(last === -1 ? offsets[0] : (offsets[last] as number) + 1);
        expect(watermark.oldest).toBe(open === -1 ? undefined : offsets[open]);
      }
    }),
  );
});
