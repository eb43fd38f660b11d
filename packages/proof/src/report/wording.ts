import { isCaught, type Control, type Controls } from "../control.ts";
import type { JudgedClaim, JudgedGuard } from "../judge.ts";
import type { Result } from "../result.ts";
import type { VerdictKind } from "../verdict.ts";

/** Verdicts are told by word and by shape, never by colour alone. */
export const verdictSigns: Readonly<Record<VerdictKind, string>> = { HOLDS: "✓", FALSIFIED: "✗", UNKNOWN: "?" };

export function signed(kind: VerdictKind): string {
  return `${verdictSigns[kind]} ${kind}`;
}

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const small = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

/** `36,000`, `0.997`, `0.00012`: what is not 0 never looks like it. */
export function formatNumber(value: number): string {
  return Math.abs(value) < 10 && !Number.isInteger(value) ? small.format(value) : grouped.format(value);
}

/** `12.3 s` */
export function formatSeconds(seconds: number): string {
  return `${formatNumber(Math.round(seconds * 10) / 10)} s`;
}

/** `= 0 messages` */
export function expected({ comparison, threshold, unit }: JudgedClaim): string {
  return `${comparison} ${withUnit(threshold, unit)}`;
}

/** What was seen; a dash where nothing could be. In full where rounding would make it look like the threshold. */
export function seen({ verdict, threshold, unit }: JudgedClaim): string {
  if (verdict.kind === "UNKNOWN") return "–";
  const isBlurred = verdict.seen !== threshold && formatNumber(verdict.seen) === formatNumber(threshold);
  return isBlurred ? `${verdict.seen} ${unit}`.trim() : withUnit(verdict.seen, unit);
}

/** How far what was seen lies from the threshold, in numbers that compare: a share of all, or of the bound. */
export function effect({ verdict, comparison, threshold }: JudgedClaim): string[] {
  if (verdict.kind === "UNKNOWN") return [];
  if (comparison === "=") {
    const isShare = threshold === 0 && verdict.seen > 0 && verdict.seen <= verdict.n;
    return isShare ? [`${formatPercent(verdict.seen / verdict.n)} of all`] : [];
  }
  return threshold === 0 ? [] : [`${formatPercent(verdict.seen / threshold)} of the bound`];
}

function formatPercent(share: number): string {
  return `${formatNumber(share * 100)} %`;
}

export function guardSign({ reached, min }: JudgedGuard): string {
  if (reached === null) return "?";
  return reached >= min ? "✓" : "✗";
}

/** `✓ 12`, `✗ 0`, `? not looked at`. In full where rounding would make what was missed look like what was wanted. */
export function reachedText(guard: JudgedGuard): string {
  const { reached, min } = guard;
  if (reached === null) return `${guardSign(guard)} not looked at`;
  const isBlurred = reached < min && formatNumber(reached) === formatNumber(min);
  return `${guardSign(guard)} ${isBlurred ? String(reached) : formatNumber(reached)}`;
}

export function signedControl(verdict: Control["verdict"]): string {
  return verdict === "CRASHED" ? "! CRASHED" : signed(verdict);
}

/** `7 of 7 mistakes were caught, and 5 of 5 others judged as they must be.` */
export function controlTally({ controls }: Controls): string {
  const mistakes = controls.filter(({ kind }) => kind === "naive");
  const others = controls.filter(({ kind }) => kind !== "naive");
  const caught = `${asTheyMust(mistakes)} mistake${mistakes.length === 1 ? " was" : "s were"} caught`;
  return others.length === 0 ? `${caught}.` : `${caught}, and ${asTheyMust(others)} others judged as they must be.`;
}

function asTheyMust(controls: readonly Control[]): string {
  return `${controls.filter(isCaught).length} of ${controls.length}`;
}

/** `Controls ran on 2026-11-24 08:12 UTC at commit 4f2c9aa` */
export function ofCommit({ commit, dirty, ranAt }: Controls): string {
  const at = ranAt.slice(0, 16).replace("T", " ");
  return `Controls ran on ${at} UTC at commit ${commit}${dirty ? " with uncommitted changes" : ""}`;
}

export function withUnit(value: number, unit: string): string {
  return unit === "" || unit.startsWith("/") ? `${formatNumber(value)}${unit}` : `${formatNumber(value)} ${unit}`;
}

/** `Of 11 claims 1 is falsified, 1 is unknown, 9 hold.` */
export function tally(claims: readonly JudgedClaim[]): string {
  const count = (kind: VerdictKind): number => claims.filter(({ verdict }) => verdict.kind === kind).length;
  const [held, broken, open] = [count("HOLDS"), count("FALSIFIED"), count("UNKNOWN")];
  const parts = [
    ...(broken > 0 ? [are(broken, "falsified")] : []),
    ...(open > 0 ? [are(open, "unknown")] : []),
    ...(held > 0 ? [`${held} ${held === 1 ? "holds" : "hold"}`] : []),
  ];
  if (parts.length === 0) return "Nothing was claimed.";
  if (claims.length === held) return held === 1 ? "The claim holds." : `All ${held} claims hold.`;
  return `Of ${claims.length} claims ${parts.join(", ")}.`;
}

function are(n: number, word: string): string {
  return `${n} ${n === 1 ? "is" : "are"} ${word}`;
}

/** Under what the run took place, as pairs of name and value. */
export function circumstances(result: Result): readonly (readonly [string, string])[] {
  const { environment, startedAt } = result;
  const { commit, isDirty, node, system, cores, memoryGiB, versions } = environment;
  return [
    ["started", `${startedAt.slice(0, 19).replace("T", " ")} UTC`],
    ["wall time", formatSeconds(result.wallMs / 1000)],
    ["commit", commit === null ? "unknown" : `${commit}${isDirty ? " with uncommitted changes" : ""}`],
    ["seed", String(result.seed)],
    ["tier", result.tier],
    ["services", result.services],
    ["versions", [["Node", node], ...Object.entries(versions)].map((pair) => pair.join(" ")).join(", ")],
    ["machine", `${system}, ${cores} cores, ${memoryGiB} GiB`],
    ...Object.entries(result.parameters).map(
      ([name, value]) => [name, typeof value === "number" ? formatNumber(value) : value] as const,
    ),
  ];
}
