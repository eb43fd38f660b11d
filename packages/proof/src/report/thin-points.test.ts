import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { drawnMax, thinPoints } from "./thin-points.ts";

const value = fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -1e6, max: 1e6 }) }, fc.constant(null));
/** Some thousands of points, by repeating what was drawn with other numbers. */
const many = fc
  .array(value, { minLength: 700, maxLength: 1_500 })
  .map((values) => [0, 1, 2, 3].flatMap((round) => values.map((each) => (each === null ? null : each + round))))
  .map((values) => values.map((each, index) => [index / 4, each] as const));

const valuesOf = (points: readonly (readonly [number, number | null])[]): number[] =>
  points.flatMap(([, each]) => (each === null ? [] : [each]));

describe("the points that are drawn of very many", { timeout: 60_000 }, () => {
  it("are some of them, in their order, few, with the first, the last, the lowest and the highest", () => {
    fc.assert(
      fc.property(many, (points) => {
        const drawn = thinPoints(points);
        expect(drawn.length).toBeLessThanOrEqual(drawnMax);
        const all = new Set(points);
        expect(drawn.every((point) => all.has(point))).toBe(true);
        expect(drawn.map(([seconds]) => seconds)).toEqual(drawn.map(([seconds]) => seconds).toSorted((a, b) => a - b));
        expect([drawn[0], drawn.at(-1)]).toEqual([points[0], points.at(-1)]);
        expect(Math.max(...valuesOf(drawn))).toBe(Math.max(...valuesOf(points)));
        expect(Math.min(...valuesOf(drawn))).toBe(Math.min(...valuesOf(points)));
      }),
      { numRuns: 30 },
    );
  });

  it("close no gap: between what was seen before and after it, there is a gap still", () => {
    const points = Array.from({ length: 9_000 }, (_, index) => [index, index === 4_321 ? null : 1] as const);
    expect(thinPoints(points).filter(([, each]) => each === null)).toEqual([[4_321, null]]);
  });

  it("are all of them where they are few", () => {
    const points = Array.from({ length: drawnMax }, (_, index) => [index, index] as const);
    expect(thinPoints(points)).toBe(points);
  });
});
