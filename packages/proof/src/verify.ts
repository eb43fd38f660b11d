import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { isDeepStrictEqual } from "node:util";
import { readHistory, type Declaration } from "./history.ts";
import type { JudgedClaim } from "./judge.ts";
import { composeResult, resultSchema, type Result } from "./result.ts";
import { checkSums, sumsFile, type SumsFault } from "./sums.ts";

export { checkSums, writeSums } from "./sums.ts";

/** Judges a history once more, from nothing but the file: thresholds and parameters out of its own declaration. */
export type JudgeAgain = (history: string) => Promise<readonly JudgedClaim[]>;

export interface VerifyFault {
  readonly code:
    | SumsFault["code"]
    | "no-run"
    | "result-unreadable"
    | "history-missing"
    | "judge-failed"
    | "declared-otherwise"
    | "claim-differs"
    | "verdict-differs";
  /** Without a full stop. */
  readonly sentence: string;
}

/** What was held against what, of one run or of the list over several. Verified: there is no fault. */
export interface Verification {
  readonly directory: string;
  readonly isVerified: boolean;
  /** What was looked at and found right. */
  readonly confirmed: readonly string[];
  readonly faults: readonly VerifyFault[];
}

/**
 * Checks a run's digests, judges it again from its history alone, and holds that against its `result.json`. It tells
 * whether the files belong together; who rewrites history, result and digests alike is not noticed.
 */
export async function verifyRun(
  directory: string,
  { judgeAgain }: { readonly judgeAgain: JudgeAgain },
): Promise<Verification> {
  const { files, faults } = await checkSums(directory);
  const confirmed = faults.length === 0 ? [`${files} files are what they were when the run ended`] : [];
  const result = await readResult(path.join(directory, "result.json"));
  if (typeof result === "string")
    return verification(directory, confirmed, [...faults, { code: "result-unreadable", sentence: result }]);
  const history = path.join(directory, "history.ndjson");
  if (!existsSync(history)) {
    const sentence = "there is no history.ndjson, so there is nothing to judge";
    return verification(directory, confirmed, [...faults, { code: "history-missing", sentence }]);
  }
  const rejudged = await rejudge(result, history, judgeAgain);
  if (rejudged.length === 0) {
    const { claims, verdict } = result;
    confirmed.push(`judged again from its history, each of ${claims.length} claims comes out the same: ${verdict}`);
  }
  return verification(directory, confirmed, [...faults, ...rejudged]);
}

/**
 * Every run below a directory, and the directory's own list of digests where it has one. `judgeOf` knows the drills.
 * Links are not followed.
 */
export async function verifySet(
  directory: string,
  { judgeOf }: { readonly judgeOf: (drill: string) => JudgeAgain | undefined },
): Promise<readonly Verification[]> {
  const found: Verification[] = [];
  if (existsSync(path.join(directory, sumsFile)) && !existsSync(path.join(directory, "result.json"))) {
    const { files, faults } = await checkSums(directory);
    found.push(verification(directory, faults.length === 0 ? [`${files} files are as they were listed`] : [], faults));
  }
  const runs = await runsBelow(directory);
  if (runs.length === 0)
    found.push(verification(directory, [], [{ code: "no-run", sentence: "there is no run in here" }]));
  for (const run of runs) {
    const result = await readResult(path.join(run, "result.json"));
    const drill = typeof result === "string" ? "" : result.drill;
    const judgeAgain = judgeOf(drill) ?? (() => Promise.reject(new Error(`nobody knows how to judge “${drill}”`)));
    found.push(await verifyRun(run, { judgeAgain }));
  }
  return found;
}

function verification(directory: string, confirmed: readonly string[], faults: readonly VerifyFault[]): Verification {
  return { directory, isVerified: faults.length === 0, confirmed, faults };
}

async function rejudge(result: Result, history: string, judgeAgain: JudgeAgain): Promise<VerifyFault[]> {
  try {
    const { declaration } = await readHistory(history, () => {});
    const judged = await judgeAgain(history);
    return [...declaredOtherwise(result, declaration), ...judgedOtherwise(result, judged)];
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return [{ code: "judge-failed", sentence: `the history could not be judged: ${why}` }];
  }
}

/** A result must speak of the run that its history declares. Of a history that declares nothing, of nothing. */
function declaredOtherwise(result: Result, declaration: Declaration | undefined): VerifyFault[] {
  if (declaration === undefined) return [];
  const { drill, variant, seed, parameters } = declaration;
  const pairs = Object.entries({ drill, variant, seed, ...parameters });
  const told: Readonly<Record<string, unknown>> = { ...result.parameters, ...pick(result) };
  return pairs
    .filter(([name, value]) => told[name] !== value)
    .map(([name, value]) => ({
      code: "declared-otherwise",
      sentence: `the history declares ${name} ${String(value)}, the result says ${String(told[name])}`,
    }));
}

function pick({ drill, variant, seed }: Result): Readonly<Record<string, unknown>> {
  return { drill, variant, seed };
}

function judgedOtherwise(result: Result, judged: readonly JudgedClaim[]): VerifyFault[] {
  // Composed as the first time, controls included; through JSON, as the file was.
  const { verdict: _, finding, schema: __, ...facts } = result;
  const again = asWritten(composeResult({ ...facts, claims: judged, heldMeans: finding }));
  const ids = new Set([...result.claims, ...again.claims].map(({ id }) => id));
  const faults = [...ids].flatMap((id) => claimFault(id, result.claims, again.claims));
  if (again.verdict === result.verdict && again.finding === finding) return faults;
  const sentence = `result.json says ${result.verdict}: “${finding}”; its history comes out as ${again.verdict}: “${again.finding}”`;
  return [...faults, { code: "verdict-differs", sentence }];
}

function claimFault(id: string, told: readonly JudgedClaim[], judged: readonly JudgedClaim[]): VerifyFault[] {
  const [before, after] = [told, judged].map((claims) => claims.filter((claim) => claim.id === id));
  if (isDeepStrictEqual(before, after)) return [];
  // Guards are told only where the verdicts do not tell the two apart.
  const isInGuards = short(before) === short(after);
  const [says, is] = [before, after].map((claims) => `${short(claims)}${isInGuards ? guardsOf(claims) : ""}`);
  return [{ code: "claim-differs", sentence: `${id}: result.json says ${says}, its history says ${is}` }];
}

function short(claims: readonly JudgedClaim[] | undefined): string {
  const [claim] = claims ?? [];
  if (claim === undefined) return "nothing";
  const { verdict, comparison, threshold } = claim;
  if (verdict.kind === "UNKNOWN") return `UNKNOWN (${verdict.cause})`;
  return `${verdict.kind} (${comparison} ${threshold}, seen ${verdict.seen} of ${verdict.n})`;
}

function guardsOf(claims: readonly JudgedClaim[] | undefined): string {
  const guards = (claims ?? []).flatMap((claim) => claim.guards);
  return ` with ${guards.map(({ id, min, reached }) => `${id} ${String(reached)} of ${min}`).join(", ")}`;
}

function asWritten(result: Result): Result {
  return JSON.parse(JSON.stringify(result)) as Result;
}

/** As a string: why there is none. */
async function readResult(file: string): Promise<Result | string> {
  const text = await readFile(file, "utf8").catch(() => undefined);
  if (text === undefined) return "there is no result.json";
  try {
    const result = JSON.parse(text) as Omit<Result, "schema"> & { readonly schema: unknown };
    if (result.schema !== resultSchema)
      return `result.json is of schema ${String(result.schema)}, known is ${resultSchema}`;
    return Array.isArray(result.claims) ? { ...result, schema: resultSchema } : "result.json has no claims";
  } catch {
    return "result.json is no JSON";
  }
}

/** Directories with a `result.json` or a history, sorted. */
async function runsBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && /^(?:result\.json|history\.ndjson)$/.test(entry.name));
  return [...new Set(files.map((entry) => entry.parentPath))].toSorted();
}
