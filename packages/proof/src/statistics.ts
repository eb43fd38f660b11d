// What claims are computed with. Where something cannot be told, the answer is NaN, of which the judge makes UNKNOWN.
import studentQuantile from "@stdlib/stats-base-dists-t-quantile";
import { linearRegression, mean, quantile as quantileOf, sampleStandardDeviation } from "simple-statistics";

export { failureRateMax } from "./failure-rate.ts";

export type Point = readonly [x: number, y: number];

/** A straight line through points, by least squares. */
export interface Slope {
  readonly slope: number;
  readonly intercept: number;
  /** The interval that covers the true slope in 95 % of all samples, if the residuals are normal and independent. */
  readonly low: number;
  readonly high: number;
  readonly n: number;
}

/** Needs two different x for a slope, three points for its interval. */
export function slopeOf(points: readonly Point[]): Slope {
  const n = points.length;
  if (n < 2 || !points.flat().every(Number.isFinite) || points.every(([x]) => x === points[0]?.[0])) {
    return { slope: NaN, intercept: NaN, low: NaN, high: NaN, n };
  }
  const { m: slope, b: intercept } = linearRegression(points.map(([x, y]) => [x, y]));
  const half = studentQuantile(0.975, n - 2) * slopeError(points, { slope, intercept });
  return { slope, intercept, low: slope - half, high: slope + half, n };
}

/** The standard error of the slope. NaN for two points, through which every line fits. */
function slopeError(points: readonly Point[], line: { readonly slope: number; readonly intercept: number }): number {
  if (points.length < 3) return NaN;
  const meanX = mean(points.map(([x]) => x));
  const residual = sumOfSquares(points.map(([x, y]) => y - line.intercept - line.slope * x));
  return Math.sqrt(residual / (points.length - 2) / sumOfSquares(points.map(([x]) => x - meanX)));
}

function sumOfSquares(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value ** 2, 0);
}

/** Between two values it is interpolated (R's type 7, numpy's default). `share`: 0.9 is the p90. */
export function quantile(values: readonly number[], share: number): number {
  return values.length === 0 || !values.every(Number.isFinite) ? NaN : quantileOf([...values], share);
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** The standard deviation (of a sample: n − 1) as a share of the mean. Needs two values and a mean above 0. */
export function coefficientOfVariation(values: readonly number[]): number {
  if (values.length < 2 || !values.every(Number.isFinite)) return NaN;
  const average = mean([...values]);
  return average > 0 ? sampleStandardDeviation([...values]) / average : NaN;
}
