import type { Series } from "../result.ts";

/** Every look of every series, a row each (RFC 4180). A look that is missing is an empty field, never 0. */
export function renderSeriesCsv(series: readonly Series[]): string {
  const rows = series.flatMap(({ id, title, unit, points }) =>
    points.map(([seconds, value]) => [id, title, unit, String(seconds), value === null ? "" : String(value)]),
  );
  return [["series", "title", "unit", "seconds", "value"], ...rows]
    .map((row) => `${row.map(field).join(",")}\r\n`)
    .join("");
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
