import { randomInt } from "node:crypto";
import path from "node:path";
import { type Drill, runDrill } from "@weir/drill";
import { checkDrill, controlsOf } from "@weir/drill/gate";
import { describeEnvironment, isCaught, type Result, seededClaims, type SeededClaim } from "@weir/proof";
import { writeIndex } from "@weir/proof/report";
import { type KnownDrill, loadDrill, presentDrills } from "../drill/known-drills.ts";
import { asTyped, type Places } from "../drill/places.ts";

export interface ProveFlags {
  readonly seeds: number;
  readonly json?: boolean;
}

const interrupted = 130;

/** Controls first, then the solution under so many seeds, drill by drill; then one page over all. Answers with the exit code. */
export async function prove(known: readonly KnownDrill[], places: Places, flags: ProveFlags): Promise<number> {
  const drills = known.length === 0 ? await presentDrills() : await Promise.all(known.map(loadDrill));
  const out = flags.json === true ? process.stderr : process.stdout;
  const say = (line: string): void => void out.write(`${line}\n`);
  const proved: Proved[] = [];
  for (const drill of drills) {
    const one = await proveDrill(drill, { places, flags, say });
    if (one === undefined) return interrupted;
    proved.push(one);
  }
  const { finding, verdict } = await writeIndex(places.proofs);
  const index = path.join(places.proofs, "index.html");
  say("");
  for (const { drill, claims, escaped, controls } of proved) {
    say(`drill ${drill.number}, ${drill.name}: ${controls - escaped} of ${controls} controls as they must be`);
    for (const line of toldLines(claims)) say(`  ${line}`);
  }
  say(
    `${finding}.\nthe whole set: ${asTyped(index)}\nnext:          pnpm proof verify   (judges all of it again from the histories)`,
  );
  const document = { format: "weir.proof/1", verdict, finding, index, drills: proved.map(documentOf) };
  if (flags.json === true) process.stdout.write(`${JSON.stringify(document)}\n`);
  return worstOf(proved.map(({ code }) => code));
}

/** Claims of which the same is to be said share a line. */
function toldLines(claims: readonly SeededClaim[]): string[] {
  const alike = Object.entries(Object.groupBy(claims, ({ told }) => told));
  return alike.map(([told, same = []]) => `${same.map(({ id }) => id).join(", ")}: ${told}`);
}

/** Falsified weighs more than unknown. */
const worstOf = (codes: readonly number[]): number => (codes.includes(1) ? 1 : Math.max(0, ...codes));

interface Proved {
  readonly drill: Drill;
  readonly code: number;
  readonly controls: number;
  readonly escaped: number;
  readonly claims: readonly SeededClaim[];
}

const documentOf = ({ drill, ...rest }: Proved): object => ({ drill: drill.id, ...rest });

interface Proving {
  readonly places: Places;
  readonly flags: ProveFlags;
  readonly say: (line: string) => void;
}

/** `undefined`: interrupted. */
async function proveDrill(drill: Drill, { places, flags, say }: Proving): Promise<Proved | undefined> {
  say(`drill ${drill.number}, ${drill.name}: first the controls`);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  process.once("SIGINT", onSignal);
  const checked = await checkDrill(drill, { ...places, say, signal: stop.signal });
  process.off("SIGINT", onSignal);
  if (stop.signal.aborted) return undefined;
  const runs = await runSeeds(drill, places, flags);
  if (runs === undefined) return undefined;
  const escaped = checked.controls.filter((control) => !isCaught(control)).length;
  return {
    drill,
    code: worstOf([escaped > 0 ? 1 : 0, checked.skipped.length > 0 ? 2 : 0, ...runs.codes]),
    controls: checked.controls.length,
    escaped,
    claims: seededClaims(runs.results),
  };
}

interface SeededRuns {
  readonly codes: readonly number[];
  readonly results: readonly Result[];
}

async function runSeeds(
  drill: Drill,
  { root, proofs }: Places,
  { seeds, json }: ProveFlags,
): Promise<SeededRuns | undefined> {
  const variant = drill.variants.find(({ kind }) => kind === "solution");
  if (variant === undefined) throw new Error(`${drill.id} has no solution`);
  const module = new URL(variant.file, drill.folder).href;
  const { commit } = await describeEnvironment(root, {});
  const controls = await controlsOf(proofs, drill.id, commit);
  const first = randomInt(2 ** 30);
  const codes: number[] = [];
  const results: Result[] = [];
  for (let i = 0; i < seeds; i += 1) {
    const numbers = { seed: first + i };
    const { code, result } = await runDrill(drill, {
      root,
      proofs,
      variant,
      module,
      numbers,
      controls,
      json: json === true,
    });
    if (code === interrupted) return undefined;
    codes.push(code);
    if (result !== undefined) results.push(result);
  }
  return { codes, results };
}
