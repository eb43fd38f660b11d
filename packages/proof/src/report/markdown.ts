import type { JudgedClaim } from "../judge.ts";
import type { Result, Series } from "../result.ts";
import { isCaught } from "../control.ts";
import { extentOf } from "./extent.ts";
import { claimNames, sharedGuards } from "./guards-table.ts";
import { plain, table } from "./markdown-text.ts";
import { visible } from "./html.ts";
import {
  circumstances,
  controlTally,
  expected,
  formatNumber,
  formatSeconds,
  ofCommit,
  reachedText,
  seen,
  signed,
  signedControl,
  tally,
  withUnit,
} from "./wording.ts";

/** The same result for code hosts and terminals. Charts become first, last and highest. */
export function renderMarkdown(result: Result): string {
  const { claims, verdict, finding, drill, title, variant, tier, services } = result;
  const parts = [
    `# ${signed(verdict)}: ${plain(finding)}`,
    plain(`Weir proof · ${drill} · ${title} · variant ${variant}`),
    plain(`${tally(claims)} Judged on tier ${tier} (${services}).`),
    table(
      ["", ""],
      result.figures.map(({ label, value, note }) => [label, note === undefined ? value : `${value} (${note})`]),
    ),
    "## What was claimed, and what was seen",
    table(["claim", "verdict", "expected", "seen", "n", "how it was checked"], claims.map(claimRow)),
    ...stories(claims),
    ...pictures(result),
    ...timelines(result),
    ...controlsOf(result),
    ...guards(claims),
    ...section(
      "What this does not show",
      result.notShown.map((sentence) => `- ${plain(sentence)}`),
    ),
    ...section("Run it yourself", [code(result)]),
    ...section(
      "Circumstances",
      circumstances(result).map(([name, value]) => `- ${plain(`${name}: ${value}`)}`),
    ),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function claimRow(claim: JudgedClaim): readonly string[] {
  const { id, sentence, verdict, how } = claim;
  const note = verdict.kind === "HOLDS" && verdict.isClose ? " (close)" : "";
  const n = verdict.kind === "UNKNOWN" ? "–" : formatNumber(verdict.n);
  return [`${id} ${sentence}`, `${signed(verdict.kind)}${note}`, expected(claim), seen(claim), n, how];
}

/** Why a claim is broken, and why one is open. */
function stories(claims: readonly JudgedClaim[]): string[] {
  return claims.flatMap(({ id, verdict }) => {
    if (verdict.kind === "UNKNOWN") return [`**${plain(id)} is unknown:** ${plain(verdict.cause)}`];
    if (verdict.kind !== "FALSIFIED") return [];
    return [`**What broke ${plain(id)}:**`, verdict.witness.map((line) => `- ${plain(line)}`).join("\n")];
  });
}

function guards(claims: readonly JudgedClaim[]): string[] {
  const rows = sharedGuards(claims).map(({ guard, claims: ids }) => [
    guard.id,
    guard.sentence,
    formatNumber(guard.min),
    reachedText(guard),
    claimNames(ids, claims),
  ]);
  return section("What the run had to reach for its claims to count", [
    table(["guard", "state", "at least", "reached", "for"], rows),
  ]);
}

function timelines({ stories: told = [] }: Result): string[] {
  return told.flatMap(({ title, events }) =>
    section(`The way of one message: ${plain(title)}`, [
      table(
        ["s", "who", "what"],
        events.map(({ atMs, who, what }) => [(atMs / 1000).toFixed(3), who, what]),
      ),
    ]),
  );
}

function controlsOf({ controls }: Result): string[] {
  const title = "Can the checks tell right from wrong?";
  if (controls === undefined) return section(title, ["Controls were not run for this commit."]);
  const rows = controls.controls.map((control) => [
    control.variant,
    control.belief,
    control.expected,
    signedControl(control.verdict),
    isCaught(control) ? "✓ yes" : `✗ no${control.cause === undefined ? "" : `: ${control.cause}`}`,
    control.fault === undefined ? control.tier : `${control.tier}, ${control.fault}`,
    control.witness[0] ?? "–",
  ]);
  return section(title, [
    plain(`${controlTally(controls)} ${ofCommit(controls)}.`),
    "",
    table(["tried", "belief", "expected", "judged", "as it must", "on", "witness"], rows),
  ]);
}

function pictures({ series, marks }: Result): string[] {
  const rows = series.map((each) => [
    each.title,
    ...extremes(each),
    each.isToldByWorkers === true ? "the workers" : "the judge",
  ]);
  return section("What happened", [
    ...marks.map(
      ({ label, fromS, toS }) =>
        `- ${plain(`${label}: ${formatSeconds(fromS)}${toS > fromS ? ` to ${formatSeconds(toS)}` : ""}`)}`,
    ),
    ...(marks.length > 0 && rows.length > 0 ? [""] : []),
    table(["", "first", "last", "highest", "bound", "told by"], rows),
  ]);
}

function extremes({ points, unit, bound }: Series): string[] {
  const values = points.flatMap(([, value]) => (value === null ? [] : [value]));
  const [first, last] = [values[0], values.at(-1)];
  const most = values.length === 0 ? undefined : extentOf(values).most;
  return [first, last, most, bound].map((value) => (value === undefined ? "–" : withUnit(value, unit)));
}

function section(title: string, lines: readonly string[]): string[] {
  return lines.every((line) => line === "") ? [] : [`## ${title}`, lines.join("\n").trim()];
}

function code({ rerun, environment }: Result): string {
  const lines = [...(environment.commit === null ? [] : [`git checkout ${environment.commit}`]), rerun];
  return `~~~sh\n${lines.map((line) => visible(line).replaceAll(/\s+/g, " ")).join("\n")}\n~~~`;
}
