import { plain, table } from "../report/markdown-text.ts";
import { controlTally, ofCommit, signed, verdictSigns } from "../report/wording.ts";
import type { Overview, OverviewDrill, OverviewRow } from "./overview.ts";
import { seededWordings } from "./seeded-wordings.ts";

/** The same for code hosts and terminals. */
export function renderOverviewMarkdown({ verdict, finding, drills, open }: Overview): string {
  const parts = [
    `# ${signed(verdict)}: ${plain(finding)}`,
    table(["drill", "run", "verdict", "claims", "controls", "report"], drills.flatMap(rowsOf)),
    ...list(
      "What seeded runs say",
      drills.flatMap(({ drill, rows }) => seededWordings(rows).map((told) => `${drill}, ${told}`)),
    ),
    ...list(
      "What is not known, and why",
      open.map(({ drill, about, cause }) => `${drill}, ${about}: ${cause}`),
    ),
    ...list(
      "What this does not show",
      drills.flatMap(({ drill, notShown }) => notShown.map((each) => `${drill}: ${each}`)),
    ),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function rowsOf(drill: OverviewDrill): string[][] {
  const controls =
    drill.controls === undefined ? "not run" : `${controlTally(drill.controls)} ${ofCommit(drill.controls)}`;
  if (drill.rows.length === 0) return [[drill.drill, "–", signed(drill.verdict), "–", controls, "–"]];
  return drill.rows.map(({ told, run }: OverviewRow) => [
    drill.drill,
    told,
    signed(run.result.verdict),
    run.result.claims.map(({ id, verdict }) => `${verdictSigns[verdict.kind]} ${id}`).join(", "),
    controls,
    `${drill.drill}/${run.id}/report.md`,
  ]);
}

function list(title: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`## ${title}`, lines.map((line) => `- ${plain(line)}`).join("\n")];
}
