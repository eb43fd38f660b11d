import type { JudgedClaim } from "../judge.ts";
import type { Result } from "../result.ts";
import type { VerdictKind } from "../verdict.ts";

/** Verdicts are told by word and by shape, never by colour alone. */
export const verdictSigns: Readonly<Record<VerdictKind, string>> = { HOLDS: "✓", FALSIFIED: "✗", UNKNOWN: "?" };

export function signed(kind: VerdictKind): string {
  return `${verdictSigns[kind]} ${kind}`;
}

const grouped = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const small = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3 });

/** `36,000`, `0.997`, `0.00012`: never rounded to 0 or up to a bound's next figure without need. */
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

/** What was seen; a dash where nothing could be. */
export function seen({ verdict, unit }: JudgedClaim): string {
  return verdict.kind === "UNKNOWN" ? "–" : withUnit(verdict.seen, unit);
}

export function withUnit(value: number, unit: string): string {
  return unit === "" || unit.startsWith("/") ? `${formatNumber(value)}${unit}` : `${formatNumber(value)} ${unit}`;
}

/** `1 of 11 claims is falsified, 9 hold, 1 is unknown.` */
export function tally(claims: readonly JudgedClaim[]): string {
  const count = (kind: VerdictKind): number => claims.filter(({ verdict }) => verdict.kind === kind).length;
  const [held, broken, open] = [count("HOLDS"), count("FALSIFIED"), count("UNKNOWN")];
  const parts = [
    ...(broken > 0 ? [are(broken, "falsified")] : []),
    ...(open > 0 ? [are(open, "unknown")] : []),
    ...(held > 0 ? [`${held} ${held === 1 ? "holds" : "hold"}`] : []),
  ];
  return parts.length === 0 ? "Nothing was claimed." : `Of ${claims.length} claims ${parts.join(", ")}.`;
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
