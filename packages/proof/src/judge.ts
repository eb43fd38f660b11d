import { isDeepStrictEqual } from "node:util";
import { declare, type Claim } from "./claim.ts";
import { readHistory, type Declaration, type DeclaredClaim, type HistoryRecord } from "./history.ts";
import { verdictOf, type Verdict } from "./verdict.ts";

export interface JudgedGuard {
  readonly id: string;
  readonly sentence: string;
  readonly min: number;
  /** `null`: nobody could look, or got no number, which is not the same as 0. */
  readonly reached: number | null;
}

export interface JudgedClaim {
  readonly id: string;
  readonly sentence: string;
  readonly how: string;
  readonly comparison: string;
  readonly threshold: number;
  readonly unit: string;
  readonly guards: readonly JudgedGuard[];
  readonly verdict: Verdict;
}

export interface Judgement<Facts> {
  /** `undefined`: the history does not even declare what it is about. */
  readonly declaration: Declaration | undefined;
  readonly claims: readonly JudgedClaim[];
  readonly facts: Facts;
}

export interface JudgeOptions<Facts> {
  readonly file: string;
  /** A function: the claims of the run that the history declares, whose parameters nobody else remembers. */
  readonly claims: readonly Claim<Facts>[] | ((declaration: Declaration) => readonly Claim<Facts>[]);
  readonly facts: Facts;
  readonly takeIn: (facts: Facts, record: HistoryRecord, t: number) => void;
}

/** Judges a run from its history alone. What a broken history tells of the run is not judged at all. */
export async function judge<Facts>(options: JudgeOptions<Facts>): Promise<Judgement<Facts>> {
  const { file, facts, takeIn } = options;
  let misfit: string | undefined;
  const state = await readHistory(file, (record, t) => {
    if (misfit !== undefined) return;
    try {
      takeIn(facts, record, t);
    } catch (thrown) {
      misfit = `a record of kind ${JSON.stringify(record.kind)} does not fit this drill: ${sentenceOf(thrown)}`;
    }
  });
  const { declaration } = state;
  const { claims, cause: misclaim } = claimsFor(options.claims, declaration);
  const unlooked = notLookedAt(claims, declaration?.claims ?? []);
  const cause = state.kind === "broken" ? state.cause : (misclaim ?? misfit);
  if (cause !== undefined || declaration === undefined) {
    const all = [...claims, ...unlooked];
    return { declaration, facts, claims: all.map((claim) => unknown(claim, cause ?? "nothing was declared")) };
  }
  const judged = claims.map((claim) => judgeClaim(claim, facts, declaration.claims));
  const open = unlooked.map((claim) => unknown(claim, "no check looks at this claim"));
  return { declaration, facts, claims: [...judged, ...open] };
}

interface KnownClaims<Facts> {
  readonly claims: readonly Claim<Facts>[];
  /** Why there are none. */
  readonly cause?: string;
}

function claimsFor<Facts>(
  claims: JudgeOptions<Facts>["claims"],
  declaration: Declaration | undefined,
): KnownClaims<Facts> {
  if (typeof claims !== "function") return { claims };
  if (declaration === undefined) return { claims: [] };
  try {
    return { claims: claims(declaration) };
  } catch (thrown) {
    return { claims: [], cause: `this drill has no claims for such a run: ${sentenceOf(thrown)}` };
  }
}

/** What the run claimed and nobody looks at: left out, the rest would hold for it. */
function notLookedAt(claims: readonly { readonly id: string }[], declared: readonly DeclaredClaim[]): Describable[] {
  const known = new Set(claims.map(({ id }) => id));
  return declared.filter(({ id }) => !known.has(id)).map((claim) => ({ ...claim, how: "not at all" }));
}

function judgeClaim<Facts>(claim: Claim<Facts>, facts: Facts, declared: readonly DeclaredClaim[]): JudgedClaim {
  const [wanted] = declare([claim]);
  if (!declared.some((each) => isDeepStrictEqual(each, wanted))) {
    return unknown(claim, "the run declared this claim otherwise, or not at all");
  }
  try {
    const looked = claim.guards.map((guard) => Object.assign({}, guard, { reached: guard.reached(facts) }));
    const missed = looked.find(({ reached, min }) => !(Number.isFinite(reached) && reached >= min));
    const guards = looked.map((guard) => judgedGuard(guard, guard.reached));
    const verdict: Verdict =
      missed === undefined
        ? verdictOf(claim.look(facts), claim.comparison, claim.threshold)
        : { kind: "UNKNOWN", cause: `not reached: ${missed.sentence} (${short(missed)}, at least ${missed.min})` };
    return { ...described(claim), guards, verdict };
  } catch (thrown) {
    return unknown(claim, `the check itself failed: ${sentenceOf(thrown)}`);
  }
}

/** `0.618`; in full where rounding would make it look as if it were reached. */
function short({ reached, min }: { readonly reached: number; readonly min: number }): string {
  const rounded = Number.isInteger(reached) ? reached : Number(reached.toPrecision(3));
  return String(rounded >= min ? reached : rounded);
}

function unknown(claim: Describable, cause: string): JudgedClaim {
  const guards = claim.guards.map((guard) => judgedGuard(guard, NaN));
  return { ...described(claim), guards, verdict: { kind: "UNKNOWN", cause } };
}

function judgedGuard({ id, sentence, min }: Omit<JudgedGuard, "reached">, reached: number): JudgedGuard {
  return { id, sentence, min, reached: Number.isFinite(reached) ? reached : null };
}

type Describable = DeclaredClaim & { readonly how: string };

function described(claim: Describable): Omit<JudgedClaim, "guards" | "verdict"> {
  const { id, sentence, how, comparison, threshold, unit } = claim;
  return { id, sentence, how, comparison, threshold, unit };
}

function sentenceOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
