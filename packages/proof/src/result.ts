import { withSurvivors, type Controls } from "./control.ts";
import type { Environment } from "./environment.ts";
import type { JudgedClaim } from "./judge.ts";
import { worstVerdict, type VerdictKind } from "./verdict.ts";

export const resultSchema = 1;

/** One line over time. A missing look is `null`: a gap, never 0. */
export interface Series {
  readonly id: string;
  readonly title: string;
  readonly unit: string;
  /** `[seconds since the start, value]` */
  readonly points: readonly (readonly [number, number | null])[];
  /** A declared bound, drawn in. */
  readonly bound?: number;
  /** Ids of the claims that this is a picture of. */
  readonly claims?: readonly string[];
  /** Told by the judged code, and so a picture and no evidence. */
  readonly isToldByWorkers?: boolean;
}

export interface Figure {
  readonly label: string;
  readonly value: string;
  readonly note?: string;
}

/** When something was done to the run: drawn as a band (or a line) on every panel. Seconds since the start. */
export interface Mark {
  readonly label: string;
  readonly fromS: number;
  readonly toS: number;
}

/** What came to pass with one message, told from pull to settle. */
export interface Story {
  readonly title: string;
  readonly events: readonly StoryEvent[];
}

export interface StoryEvent {
  /** Milliseconds since the start of the run. */
  readonly atMs: number;
  /** `worker-2`, `the judge`, `orders-0` */
  readonly who: string;
  readonly what: string;
}

/** Everything that a report may show: what is not in here, no page says. Published as `result.schema.json`. */
export interface Result {
  readonly schema: typeof resultSchema;
  readonly drill: string;
  readonly title: string;
  readonly variant: string;
  readonly verdict: VerdictKind;
  /** The finding as one sentence, computed from the claims. */
  readonly finding: string;
  readonly tier: string;
  readonly services: string;
  readonly seed: number;
  readonly parameters: Readonly<Record<string, number | string>>;
  readonly claims: readonly JudgedClaim[];
  readonly figures: readonly Figure[];
  readonly series: readonly Series[];
  readonly marks: readonly Mark[];
  readonly notShown: readonly string[];
  /** Absent: controls were not run for this commit. */
  readonly controls?: Controls;
  readonly stories?: readonly Story[];
  readonly environment: Environment;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly wallMs: number;
  /** The command that runs this again. */
  readonly rerun: string;
}

export interface ResultFacts extends Omit<Result, "schema" | "verdict" | "finding"> {
  /** What it means that every claim held, as a sentence without a full stop: the title then, and only then. */
  readonly heldMeans?: string;
}

/** The verdict and its sentence are computed here and nowhere else, so that headline and table cannot disagree. */
export function composeResult({ heldMeans, ...facts }: ResultFacts): Result {
  const claims = facts.controls === undefined ? facts.claims : withSurvivors(facts.claims, facts.controls);
  const verdict = worstVerdict(claims.map((claim) => claim.verdict.kind));
  const series = facts.series.map(withGaps);
  const finding = verdict === "HOLDS" && heldMeans !== undefined ? heldMeans : findingOf(claims);
  return { ...facts, claims, series, schema: resultSchema, verdict, finding };
}

/** The same result once its controls are known: a claim whose control survived is UNKNOWN from now on. */
export function withControls(result: Result, controls: Controls): Result {
  const { finding, verdict: _, schema: __, ...facts } = result;
  return composeResult({ ...facts, controls, heldMeans: finding });
}

/** JSON knows no NaN: a look that gave no number is a missing one, in memory as on disk. */
function withGaps(series: Series): Series {
  const points = series.points.map(([seconds, value]) => [seconds, Number.isFinite(value) ? value : null] as const);
  return { ...series, points };
}

function findingOf(claims: readonly JudgedClaim[]): string {
  const broken = claims.filter(({ verdict }) => verdict.kind === "FALSIFIED");
  const open = claims.filter(({ verdict }) => verdict.kind === "UNKNOWN");
  const held = claims.length - broken.length - open.length;
  const others = held > 0 ? `; ${held} of ${claims.length} held` : "";
  const [first] = broken;
  if (first !== undefined) {
    const more =
      broken.length === 1 ? "" : `, and so ${broken.length === 2 ? "is 1 more" : `are ${broken.length - 1} more`}`;
    return `“${first.sentence}” (${first.id}) is false${more}${others}`;
  }
  if (open.length > 0) return `${open.length} of ${counted(claims.length)} could not be judged${others}`;
  if (claims.length === 0) return "Nothing was claimed";
  return claims.length === 1 ? "The claim held" : `All ${claims.length} claims held`;
}

function counted(claims: number): string {
  return claims === 1 ? "1 claim" : `${claims} claims`;
}

/** The one-line document of `--json`. */
export function toJsonLine(result: Result, directory: string): string {
  const { drill, variant, verdict, tier, services, startedAt } = result;
  const claims = result.claims.map(({ id, sentence, verdict: claim, guards }) => ({
    id,
    sentence,
    verdict: claim.kind,
    guards: guards.map((guard) => ({ id: guard.id, reached: guard.reached, min: guard.min })),
    ...(claim.kind === "FALSIFIED" && { witness: claim.witness }),
    ...(claim.kind === "UNKNOWN" && { cause: claim.cause }),
  }));
  const seed = String(result.seed);
  return JSON.stringify({
    schema: resultSchema,
    drill,
    variant,
    verdict,
    tier,
    services,
    seed,
    startedAt,
    claims,
    directory,
  });
}
