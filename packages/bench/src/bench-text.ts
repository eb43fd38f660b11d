import type { Target } from "./bench-case.ts";
import type { BenchDocument, MeasuredFigure } from "./run-bench.ts";

/** The document as a Markdown table: readable in a terminal, and ready for a README. */
export function benchText({ startedAt, machine, size, cases }: BenchDocument): string {
  const rows = cases.flatMap(({ set, name, figures }) =>
    figures.map((figure) => [
      set,
      name,
      figure.name,
      shown(figure.median, figure.unit),
      spread(figure),
      verdict(figure),
    ]),
  );
  const head = ["set", "case", "figure", "median", "lowest – highest", "target"];
  const table = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...table.map((row) => (row[column] as string).length)));
  const line = (row: readonly string[]): string =>
    `| ${row.map((cell, column) => cell.padEnd(widths[column] as number)).join(" | ")} |`;
  const rule = `| ${widths.map((width) => "-".repeat(width)).join(" | ")} |`;
  const { node, system, cores, load } = machine;
  const { messages, records, rounds, serverRounds } = size;
  return [
    `${startedAt.slice(0, 10)} · Node ${node} · ${system} · ${cores} cores, load ${load} at the start`,
    `${rounds} rounds of ${messages} messages in memory, ${serverRounds} of ${records} records from Kafka; compare within a case only`,
    "",
    line(head),
    rule,
    ...rows.map((row) => line(row)),
  ].join("\n");
}

function shown(value: number, unit: string): string {
  const text = Math.abs(value) >= 1_000 ? String(Math.round(value)) : value.toPrecision(3);
  return unit === "" ? text : `${text} ${unit}`;
}

function spread({ min, max }: MeasuredFigure): string {
  return `${shown(min, "")} – ${shown(max, "")}`;
}

function verdict({ target, isMet }: MeasuredFigure): string {
  return target === undefined ? "" : `${wanted(target)}: ${isMet === true ? "met" : "MISSED"}`;
}

function wanted(target: Target): string {
  const bound = "atLeast" in target ? `≥ ${target.atLeast}` : `≤ ${target.atMost}`;
  return target.aim === undefined ? bound : `${bound} (aim ${target.aim})`;
}
