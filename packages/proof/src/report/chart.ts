import * as Plot from "@observablehq/plot";
import { parseHTML } from "linkedom";
import type { Mark, Series } from "../result.ts";
import { extentOf } from "./extent.ts";
import { trusted, type Html } from "./html.ts";
import { thinPoints } from "./thin-points.ts";
import { formatNumber } from "./wording.ts";

/** Of the drawing, in its own units; the page scales it to the panel's width. */
const width = 416;
const height = 176;
const fontSize = 15;
/** Labels closer than this share of the axis would stand in one another. */
const labelShareMin = 0.11;

export interface ChartOptions {
  readonly series: Series;
  readonly marks: readonly Mark[];
  /** The same for all panels: one time axis. */
  readonly endS: number;
  readonly color: string;
  readonly margins: Margins;
}

/** Left and right of the axis, in the drawing's units: equal in all panels, so that their times stand below one another. */
export interface Margins {
  readonly left: number;
  readonly right: number;
}

export function marginsFor(all: readonly Series[]): Margins {
  return {
    left: marginFor(all.flatMap((series) => scaleOf(series).ticks.map(formatNumber))),
    right: marginFor(all.map(endLabel)),
  };
}

/** Can a line be drawn? One point is no chart. */
export function isDrawable({ points }: Series): boolean {
  return points.filter(([, value]) => value !== null).length >= 2;
}

/** One panel: the line from 0, the bound dashed with its number, marks shaded, gaps where nothing was seen. */
export function drawChart(options: ChartOptions): Html {
  const { series, marks, endS, margins } = options;
  const { low, top, ticks: yTicks } = scaleOf(series);
  const end = endLabel(series);
  const drawing = Plot.plot({
    document: parseHTML("<html></html>").document,
    width,
    height,
    marginTop: marks.length > 0 ? 24 : 12,
    marginBottom: 28,
    marginLeft: margins.left,
    marginRight: margins.right,
    className: "chart",
    style: { fontSize: `${fontSize}px` },
    x: { domain: [0, endS], label: null },
    y: { domain: [low, top], label: null },
    marks: [
      ...markLayers(options, [low, top]),
      Plot.ruleY(yTicks, { stroke: "var(--rule)" }),
      Plot.axisY(yTicks, { tickFormat: formatNumber, tickSize: 0, fontSize, fill: "var(--muted)" }),
      Plot.axisX(timeTicks(marks, endS), { tickFormat: timeTick, tickSize: 0, fontSize, fill: "var(--muted)" }),
      Plot.ruleY([0], { stroke: "var(--edge)" }),
      ...boundLayers(series, top),
      Plot.line(thinPoints(series.points) as [number, number | null][], {
        stroke: options.color,
        strokeWidth: 2,
        strokeLinecap: "round",
      }),
      Plot.text([lastOf(series)], {
        text: () => end,
        textAnchor: "start",
        dx: 7,
        fontSize,
        fontWeight: 700,
        fill: "var(--ink)",
        // Where the line ends before the axis does, a rule runs behind it.
        stroke: "var(--bg)",
        strokeWidth: 4,
      }),
    ],
  });
  // Inside a page an SVG needs no name space; without it the page holds no address at all.
  return trusted((drawing as unknown as { outerHTML: string }).outerHTML.replaceAll(/ xmlns(?::\w+)?="[^"]*"/g, ""));
}

function markLayers({ marks, endS }: ChartOptions, [low, top]: readonly [number, number]): Plot.Markish[] {
  const bands = marks.filter(({ fromS, toS }) => toS > fromS);
  const instants = marks.filter(({ fromS, toS }) => toS <= fromS);
  return [
    Plot.rect(bands, {
      x1: "fromS",
      x2: "toS",
      y1: low,
      y2: top,
      fill: "var(--fault)",
    }),
    Plot.ruleX(instants, {
      x: "fromS",
      y1: low,
      y2: top,
      stroke: "var(--note)",
      strokeWidth: 1.5,
      strokeDasharray: "1 3",
    }),
    Plot.text(markNumbers(marks, endS), {
      x: "atS",
      y: top,
      text: "text",
      dy: -11,
      fontSize: 13,
      fontWeight: 700,
      fill: "var(--note)",
    }),
  ];
}

/** The number of each mark over its place; of marks that lie too close together the numbers stand side by side. */
function markNumbers(marks: readonly Mark[], endS: number): { atS: number; text: string }[] {
  const numbers: { atS: number; text: string }[] = [];
  const placed = marks.map(({ fromS, toS }, index) => ({
    atS: (fromS + toS) / 2,
    text: String(index + 1),
  }));
  for (const each of placed.toSorted((a, b) => a.atS - b.atS)) {
    const before = numbers.at(-1);
    if (before !== undefined && each.atS - before.atS < (endS * labelShareMin) / 2) before.text += ` ${each.text}`;
    else numbers.push(each);
  }
  return numbers;
}

function boundLayers({ bound }: Series, top: number): Plot.Markish[] {
  if (bound === undefined) return [];
  const text = `bound ${formatNumber(bound)}`;
  return [
    Plot.ruleY([bound], { stroke: "var(--ink)", strokeWidth: 1.5, strokeDasharray: "6 4" }),
    Plot.text([bound], {
      y: (value: number) => value,
      frameAnchor: "left",
      text: () => text,
      textAnchor: "start",
      dx: 5,
      // Above its line, unless that is outside of the drawing.
      dy: bound > 0.85 * top ? 11 : -10,
      fontSize: 13,
      fill: "var(--ink)",
      stroke: "var(--bg)",
      strokeWidth: 4,
    }),
  ];
}

/** The start, the end and the edges of the marks, as far as their labels do not stand in one another. */
function timeTicks(marks: readonly Mark[], endS: number): number[] {
  const ticks = [0, endS];
  for (const edge of marks.flatMap(({ fromS, toS }) => [fromS, toS])) {
    if (edge < endS && ticks.every((tick) => Math.abs(tick - edge) >= endS * labelShareMin)) ticks.push(edge);
  }
  return ticks.toSorted((a, b) => a - b);
}

function timeTick(seconds: number): string {
  return seconds === 0 ? "0 s" : formatNumber(seconds < 10 ? Math.round(seconds * 10) / 10 : Math.round(seconds));
}

function valuesOf({ points }: Series): number[] {
  return points.flatMap(([, value]) => (value === null ? [] : [value]));
}

function lastOf({ points }: Series): [number, number] {
  const [seconds, value] = points.findLast(([, each]) => each !== null) ?? [0, 0];
  return [seconds, value ?? 0];
}

function endLabel(series: Series): string {
  return `${formatNumber(lastOf(series)[1])}${series.unit.startsWith("/") ? series.unit : ""}`;
}

function marginFor(labels: readonly string[]): number {
  return 16 + Math.max(...labels.map((label) => label.length)) * fontSize * 0.62;
}

/** From 0, or from the lowest if that lies below it, to a round figure above all; three ticks, whole ones for counts. */
function scaleOf(series: Series): { readonly low: number; readonly top: number; readonly ticks: readonly number[] } {
  const values = valuesOf(series);
  const extent = extentOf(values);
  const low = Math.min(0, extent.least);
  const top = niceTop(Math.max(0, series.bound ?? 0, extent.most));
  const areCounts = values.every(Number.isInteger);
  const ticks = [...(low < 0 ? [low] : []), 0, top / 2, top].filter((tick) => Number.isInteger(tick) || !areCounts);
  return { low, top, ticks };
}

/** The next round figure whose half is as round. */
function niceTop(most: number): number {
  if (most <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(most));
  const steps = power < 10 ? [1, 2, 4, 6, 8] : [1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8];
  return (steps.find((step) => step * power >= most) ?? 10) * power;
}
