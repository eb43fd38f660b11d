import { type Control, type JudgedClaim, worstVerdict } from "@weir/proof";
import type { DrillTier, RunEnd, Variant } from "../drill.ts";

/** How a variant was run. */
export interface ControlRun {
  readonly tier: DrillTier;
  readonly fault: string;
}

/** What a run of a variant says about the checks: did they tell what had to be told? */
export function judgeControl(variant: Variant, run: ControlRun, { result, why }: RunEnd): Control {
  const common = { variant: variant.name, belief: variant.belief, tier: run.tier, fault: run.fault };
  if (variant.kind === "naive") return { ...common, kind: "naive", ...judgeNaive(variant, result.claims, why) };
  if (variant.kind === "stub") return { ...common, kind: "stub", ...judgeStub(result.claims, why) };
  const kind = variant.kind === "solution" ? "solution" : "right";
  return { ...common, kind, ...judgeRight(result.claims, why) };
}

type Told = Pick<Control, "expected" | "verdict" | "caught" | "witness" | "cause" | "falsifies">;

/** Only its named claim counts, and only by witness: a crash or a timeout is no catch. */
function judgeNaive({ falsifies }: Variant, claims: readonly JudgedClaim[], why: string | undefined): Told {
  const expected = `falsifies ${falsifies ?? "a claim that it does not name"}`;
  const named = falsifies === undefined ? {} : { falsifies };
  if (why !== undefined) return { ...named, expected, verdict: "CRASHED", caught: false, witness: [], cause: why };
  const verdict = claims.find(({ id }) => id === falsifies)?.verdict;
  if (verdict === undefined) {
    const cause = `${falsifies ?? "its claim"} was not claimed in this run`;
    return { ...named, expected, verdict: "UNKNOWN", caught: false, witness: [], cause };
  }
  if (verdict.kind === "UNKNOWN") {
    return { ...named, expected, verdict: "UNKNOWN", caught: false, witness: [], cause: verdict.cause };
  }
  if (verdict.kind === "HOLDS") {
    const cause = `${falsifies} held: the check cannot tell this mistake`;
    return { ...named, expected, verdict: "HOLDS", caught: false, witness: [], cause };
  }
  const { witness } = verdict;
  const caught = witness.length > 0;
  return {
    ...named,
    expected,
    verdict: "FALSIFIED",
    caught,
    witness,
    ...(!caught && { cause: "nothing bears witness" }),
  };
}

/** A solution, and one that is right in another way: every claim holds. */
function judgeRight(claims: readonly JudgedClaim[], why: string | undefined): Told {
  const expected = "holds";
  if (why !== undefined) return { expected, verdict: "CRASHED", caught: false, witness: [], cause: why };
  const verdict = worstVerdict(claims.map((claim) => claim.verdict.kind));
  if (verdict === "HOLDS") return { expected, verdict, caught: true, witness: [] };
  return { expected, verdict, caught: false, ...firstTrouble(claims) };
}

/** What nobody has written yet must not hold. How it fails is open: most do not even start. */
function judgeStub(claims: readonly JudgedClaim[], why: string | undefined): Told {
  const expected = "fails";
  if (why !== undefined) return { expected, verdict: "CRASHED", caught: true, witness: [why] };
  const verdict = worstVerdict(claims.map((claim) => claim.verdict.kind));
  if (verdict !== "HOLDS") return { expected, verdict, caught: true, ...firstTrouble(claims) };
  return { expected, verdict, caught: false, witness: [], cause: "an exercise that nobody has done holds" };
}

/** A history that proves nothing: of each claim nothing may be known, and of none the opposite. */
export function judgeHistory(kind: "empty-history" | "truncated-history", claims: readonly JudgedClaim[]): Control {
  const expected = "unknown";
  const belief = kind === "empty-history" ? "nothing happened, so nothing went wrong" : "what is left of it looks well";
  const common = { variant: kind, kind, belief, expected, tier: "none", witness: [] };
  const told = claims.find(({ verdict }) => verdict.kind !== "UNKNOWN");
  if (told === undefined) return { ...common, verdict: "UNKNOWN", caught: true };
  const { kind: verdict } = told.verdict;
  return { ...common, verdict, caught: false, cause: `${told.id} is ${verdict} of a history that proves nothing` };
}

function firstTrouble(claims: readonly JudgedClaim[]): Pick<Told, "witness" | "cause"> {
  const broken = claims.find(({ verdict }) => verdict.kind === "FALSIFIED");
  if (broken?.verdict.kind === "FALSIFIED") {
    return { witness: broken.verdict.witness, cause: `${broken.id} was falsified` };
  }
  const open = claims.find(({ verdict }) => verdict.kind === "UNKNOWN");
  const cause = open?.verdict.kind === "UNKNOWN" ? `${open.id}: ${open.verdict.cause}` : "nothing was claimed";
  return { witness: [], cause };
}
