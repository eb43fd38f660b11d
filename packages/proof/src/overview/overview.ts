import { isCaught, type Controls } from "../control.ts";
import type { JudgedClaim } from "../judge.ts";
import type { Result } from "../result.ts";
import { seededClaims, type SeededClaim } from "../seeded-runs.ts";
import { worstVerdict, type VerdictKind } from "../verdict.ts";
import type { DrillRuns, KeptRun } from "./read-runs.ts";

/** The last run of one kind: who was judged, on which tier, under what. */
export interface OverviewRow {
  readonly drill: string;
  readonly run: KeptRun;
  /** `kill · tier memory` */
  readonly told: string;
  /** The seeds of runs of the same commit, kind and size, this one among them. */
  readonly seeds: readonly number[];
  /** Of those runs together. */
  readonly seeded: readonly SeededClaim[];
}

export interface OverviewDrill {
  readonly drill: string;
  /** The worst of the solution's rows; of none, UNKNOWN. */
  readonly verdict: VerdictKind;
  readonly rows: readonly OverviewRow[];
  readonly controls: Controls | undefined;
  /** Do the controls speak of the commit of the newest run? */
  readonly areControlsCurrent: boolean;
  readonly unreadable: number;
  readonly notShown: readonly string[];
}

/** Something that nobody knows, and why. */
export interface OpenQuestion {
  readonly drill: string;
  readonly about: string;
  readonly cause: string;
}

export interface Overview {
  readonly verdict: VerdictKind;
  readonly finding: string;
  readonly drills: readonly OverviewDrill[];
  readonly open: readonly OpenQuestion[];
}

/** Solutions decide; the learner's own code is shown beside them. Other variants are shown by the controls. */
export function overviewOf(all: readonly DrillRuns[]): Overview {
  const drills = all.map(drillOf);
  const verdict = worstVerdict(drills.map((each) => each.verdict));
  return { verdict, finding: findingOf(drills), drills, open: drills.flatMap(openOf) };
}

function drillOf({ drill, runs, unreadable, controls }: DrillRuns): OverviewDrill {
  const groups = Object.values(Object.groupBy(runs, ({ result }) => kindOf(result))).filter(
    (each) => each !== undefined,
  );
  const rows = ["solution", "mine"].flatMap((variant) =>
    groups.filter(([first]) => first?.result.variant === variant).map((group) => rowOf(drill, group)),
  );
  const decisive = rows.filter(({ run }) => run.result.variant === "solution").map(({ run }) => run.result);
  const known = runs[0]?.result.controls ?? controls;
  return {
    drill,
    verdict: worstVerdict(decisive.map((result) => result.verdict)),
    rows,
    controls: known,
    areControlsCurrent: known !== undefined && known.commit === runs[0]?.result.environment.commit,
    unreadable,
    notShown: [...new Set(rows.flatMap(({ run }) => run.result.notShown))],
  };
}

/** Words among the parameters say what was done, numbers how much of it: the words make another kind of run. */
function kindOf({ variant, tier, parameters }: Result): string {
  return JSON.stringify([
    variant,
    tier,
    ...Object.entries(parameters).filter(([, value]) => typeof value === "string"),
  ]);
}

function rowOf(drill: string, group: readonly KeptRun[]): OverviewRow {
  const [run] = group as [KeptRun];
  const { parameters, tier, variant } = run.result;
  const words = Object.values(parameters).filter((value) => typeof value === "string" && value !== tier);
  const alike = bySeed(group.filter(({ result }) => isSameThing(result, run.result)));
  return {
    drill,
    run,
    told: [...(variant === "solution" ? [] : [variant]), ...words, `tier ${tier}`].join(" · "),
    seeds: [...alike.keys()],
    seeded: seededClaims([...alike.values()]),
  };
}

/** Runs of changes that no commit holds are alike to themselves only. */
function isSameThing(one: Result, other: Result): boolean {
  if (one === other) return true;
  const [a, b] = [one.environment, other.environment];
  const isCommitted = a.commit !== null && a.commit === b.commit && !a.isDirty && !b.isDirty;
  return isCommitted && JSON.stringify(one.parameters) === JSON.stringify(other.parameters);
}

/** Of two runs with one seed the worse counts: the seed decides the schedule, not the machine. */
function bySeed(runs: readonly KeptRun[]): ReadonlyMap<number, Result> {
  const found = new Map<number, Result>();
  for (const { result } of runs) {
    const before = found.get(result.seed);
    const isWorse = before !== undefined && worstVerdict([before.verdict, result.verdict]) !== before.verdict;
    if (before === undefined || isWorse) found.set(result.seed, result);
  }
  return found;
}

function findingOf(drills: readonly OverviewDrill[]): string {
  if (drills.length === 0) return "No run is kept";
  const count = (kind: VerdictKind): number => drills.filter(({ verdict }) => verdict === kind).length;
  const [held, falsified, unknown] = [count("HOLDS"), count("FALSIFIED"), count("UNKNOWN")];
  if (held === drills.length)
    return held === 1 ? "The drill that was run holds" : `All ${held} drills that were run hold`;
  if (drills.length === 1) return `The drill that was run is ${falsified === 1 ? "falsified" : "unknown"}`;
  const parts = [
    ...(falsified > 0 ? [`${falsified} falsified`] : []),
    ...(unknown > 0 ? [`${unknown} unknown`] : []),
    ...(held > 0 ? [`${held} ${held === 1 ? "holds" : "hold"}`] : []),
  ];
  return `Of ${drills.length} drills: ${parts.join(", ")}`;
}

/** Claims that are open for one and the same cause stand together. */
function byCause(claims: readonly JudgedClaim[]): (readonly [string, readonly string[]])[] {
  const causes = new Map<string, string[]>();
  for (const { id, verdict } of claims) {
    if (verdict.kind === "UNKNOWN") causes.set(verdict.cause, [...(causes.get(verdict.cause) ?? []), id]);
  }
  return [...causes];
}

function openOf(drill: OverviewDrill): OpenQuestion[] {
  const about = (what: string, cause: string): OpenQuestion => ({ drill: drill.drill, about: what, cause });
  const isSolved = drill.rows.some(({ run }) => run.result.variant === "solution");
  const claims = drill.rows.flatMap(({ told, run }) =>
    byCause(run.result.claims).map(([cause, ids]) => about(`${ids.join(", ")} in ${told}`, cause)),
  );
  const controls = drill.controls?.controls.filter((control) => !isCaught(control)) ?? [];
  return [
    ...(isSolved ? [] : [about("the solution", "no run of it is kept")]),
    ...claims,
    ...(drill.controls === undefined ? [about("its checks", "controls were not run")] : []),
    ...controls.map(({ variant, cause }) => about(`control ${variant}`, cause ?? "it survived")),
    ...(drill.unreadable > 0
      ? [
          about(
            `${drill.unreadable} of its runs`,
            "there is no result that can be read: broken off, or of another version",
          ),
        ]
      : []),
  ];
}
