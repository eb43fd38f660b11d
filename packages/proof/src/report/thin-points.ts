import type { Series } from "../result.ts";

type Point = Series["points"][number];

/** More than a panel has pixels: beyond this a line only grows the page. */
export const drawnMax = 2_000;

/** Of each stretch at most so many are kept: its first and last, lowest and highest, and the edges of its gaps. */
const keptPerStretch = 6;

/** The points that are drawn of very many: none of the extremes is lost, and no gap is closed. */
export function thinPoints(points: readonly Point[]): readonly Point[] {
  if (points.length <= drawnMax) return points;
  const length = Math.ceil(points.length / Math.floor(drawnMax / keptPerStretch));
  const kept: Point[] = [];
  for (let from = 0; from < points.length; from += length) kept.push(...stretchOf(points.slice(from, from + length)));
  return kept;
}

function stretchOf(points: readonly Point[]): Point[] {
  const seen = points.filter(([, value]) => value !== null);
  const gaps = points.filter(([, value]) => value === null);
  const lowest = seen.reduce<Point | undefined>(
    (low, each) => (valueOf(each) < valueOf(low, Infinity) ? each : low),
    undefined,
  );
  const highest = seen.reduce<Point | undefined>(
    (high, each) => (valueOf(each) > valueOf(high, -Infinity) ? each : high),
    undefined,
  );
  const wanted = new Set([points[0], points.at(-1), lowest, highest, gaps[0], gaps.at(-1)]);
  return points.filter((point) => wanted.has(point));
}

function valueOf(point: Point | undefined, otherwise = 0): number {
  return point?.[1] ?? otherwise;
}
