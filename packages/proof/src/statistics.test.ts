import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { coefficientOfVariation, failureRateMax, median, quantile, slopeOf, type Point } from "./statistics.ts";

// NIST's data set "Norris": y against x, 36 measurements of ozone, with certified results of a linear regression.
const y = `0.1 338.8 118.1 888.0 9.2 228.1 668.5 998.5 449.1 778.9 559.2 0.3 0.1 778.1 668.8 339.3 448.9 10.8 557.7 228.3
  998.0 888.8 119.6 0.3 0.6 557.6 339.3 888.0 998.5 778.9 10.2 117.6 228.9 668.4 449.2 0.2`;
const x = `0.2 337.4 118.2 884.6 10.1 226.5 666.3 996.3 448.6 777.0 558.2 0.4 0.6 775.5 666.9 338.0 447.5 11.6 556.0 228.1
  995.8 887.6 120.2 0.3 0.3 556.8 339.1 887.2 999.0 779.0 11.1 118.3 229.2 669.1 448.9 0.5`;
const numbers = (text: string): number[] => text.trim().split(/\s+/).map(Number);
const norris = numbers(x).map((each, index): Point => [each, numbers(y)[index] as number]);

describe("a slope", () => {
  it("and its interval agree with NIST's certified values", () => {
    const { slope, intercept, low, high, n } = slopeOf(norris);
    expect(n).toBe(36);
    expect(slope).toBeCloseTo(1.00211681802045, 12);
    expect(intercept).toBeCloseTo(-0.262323073774029, 10);
    // Standard error 0.429796848199937e-3; t of 34 degrees of freedom at 0.975 is 2.032244509.
    expect((high - low) / 2).toBeCloseTo(2.032244509 * 0.429796848199937e-3, 10);
    expect((high + low) / 2).toBeCloseTo(slope, 12);
  });

  it("of points on a line is the line's, with an interval of no width", () => {
    const { slope, intercept, low, high } = slopeOf([0, 1, 2, 5].map((each): Point => [each, 3 - 2 * each]));
    expect([slope, intercept, low, high].map((each) => Number(each.toFixed(9)))).toEqual([-2, 3, -2, -2]);
  });

  it("cannot be told of one point, of one x, or of what is no number; nor its interval of two points", () => {
    const none: readonly (readonly Point[])[] = [
      [],
      [[1, 1]],
      [
        [1, 1],
        [1, 2],
        [1, 3],
      ],
      [
        [0, 1],
        [1, NaN],
        [2, 3],
      ],
    ];
    for (const points of none) expect(slopeOf(points)).toMatchObject({ slope: NaN, low: NaN, high: NaN });
    expect(
      slopeOf([
        [0, 1],
        [1, 2],
      ]),
    ).toMatchObject({ slope: 1, low: NaN, high: NaN });
  });
});

describe("quantiles", () => {
  it("are interpolated as R does by default", () => {
    const values = [20, 3, 6, 7, 8, 8, 9, 10, 13, 15, 16];
    expect([0, 0.25, 0.5, 0.9, 1].map((share) => quantile(values, share))).toEqual([3, 7.5, 9, 16, 20]);
    expect(median([4, 1, 3, 2])).toBe(2.5);
    expect(values[0]).toBe(20);
  });

  it("cannot be told of nothing", () => {
    expect(median([])).toBeNaN();
    expect(quantile([1, NaN], 0.5)).toBeNaN();
  });
});

describe("the coefficient of variation", () => {
  it("is the sample's deviation as a share of its mean", () => {
    // Deviations −3, −1, −1, −1, 0, 0, 2, 4 from a mean of 5: 32 / 7 is the variance.
    expect(coefficientOfVariation([2, 4, 4, 4, 5, 5, 7, 9])).toBeCloseTo(Math.sqrt(32 / 7) / 5, 12);
    expect(coefficientOfVariation([3, 3, 3])).toBe(0);
  });

  it("cannot be told of one value, nor around 0", () => {
    for (const values of [[], [5], [0, 0], [-1, 1], [1, Infinity]]) expect(coefficientOfVariation(values)).toBeNaN();
  });
});

describe("the failure rate that is not excluded", () => {
  it.each([
    [0, 20, 0.1391],
    [0, 300, 0.00994],
    [0, 1, 0.95],
    // Clopper and Pearson, 95 % one-sided, from printed tables.
    [1, 20, 0.2161],
    [2, 20, 0.2826],
    [20, 20, 1],
  ])("after %i of %i failed is %d", (failed, runs, rate) => {
    expect(failureRateMax(failed, runs)).toBeCloseTo(rate, 4);
  });

  it("cannot be told of no runs", () => {
    for (const [failed, runs] of [
      [0, 0],
      [2, 1],
      [-1, 3],
      [0.5, 3],
    ] as const)
      expect(failureRateMax(failed, runs)).toBeNaN();
  });

  it("falls with each run, rises with each failure, and is never below what was seen", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.nat(), (runs, drawn) => {
        const failed = drawn % runs;
        const rate = failureRateMax(failed, runs);
        expect(rate).toBeGreaterThan(failed / runs);
        expect(rate).toBeGreaterThan(failureRateMax(failed, runs + 1));
        expect(rate).toBeLessThan(failureRateMax(failed + 1, runs));
      }),
      { numRuns: 60 },
    );
  });
});
