import { existsSync } from "node:fs";
import path from "node:path";
import type { JudgedClaim, Result } from "@weir/proof";
import type { Drill, Variant } from "../drill.ts";
import { findPlace, placeIn } from "./history-places.ts";

const linesMax = 4;

export interface FailedRun {
  readonly drill: Drill;
  readonly result: Result;
  /** Of the run's evidence, as people may type it. */
  readonly directory: string;
}

type Falsified = JudgedClaim & { readonly verdict: { readonly kind: "FALSIFIED" } };

const isFalsified = (claim: JudgedClaim): claim is Falsified => claim.verdict.kind === "FALSIFIED";

/**
 * What a learner needs to know of a claim that was shown false: what was claimed, what happened, where in the history,
 * which known mistake it resembles. Of several the first; of a mistake that is known, the one that it names. No lines
 * where no claim was shown false.
 */
export async function failureStory({ drill, result, directory }: FailedRun): Promise<readonly string[]> {
  const broken = result.claims.filter(isFalsified);
  const named = drill.variants.find(({ name }) => name === result.variant)?.falsifies;
  const chosen = broken.find(({ id }) => id === named) ?? broken[0];
  if (chosen === undefined) return [];
  const { id, sentence, comparison, threshold, unit, verdict } = chosen;
  const others = broken.filter((claim) => claim !== chosen).map((claim) => claim.id);
  const [witness] = verdict.witness;
  return [
    `${id}${id === named ? ", which this mistake must falsify" : ""}${others.length > 0 ? ` (false too: ${others.join(", ")})` : ""}`,
    row("claimed", `${sentence} (${comparison} ${threshold} ${unit})`),
    row("happened", `${verdict.seen} ${unit}, of ${verdict.n} looked at`),
    ...(witness === undefined ? [] : [row("", witness)]),
    row("where", await whereabouts(directory, verdict.witness)),
    ...resemblances(drill, result, id).map((line, i) => row(i === 0 ? "resembles" : "", line)),
  ];
}

const row = (head: string, text: string): string => `  ${head.padEnd(10)} ${text}`;

async function whereabouts(directory: string, witness: readonly string[]): Promise<string> {
  const history = path.join(directory, "history.ndjson");
  const place = placeIn(witness);
  if (place === undefined || !existsSync(history)) return history;
  const found = await findPlace(history, place, linesMax);
  if (found.length === 0) return history;
  const lines = found.map(({ line, kind }) => `${line} (${kind})`).join(", ");
  return `${history}, line ${lines}: partition ${place.partition}, offset ${place.offset}`;
}

/** The believable mistakes that the same claim catches, but not the one that was just run. */
function resemblances(drill: Drill, { variant }: Result, claim: string): string[] {
  return drill.variants
    .filter(({ kind, falsifies, name }) => kind === "naive" && falsifies === claim && name !== variant)
    .map(({ name, belief }: Variant) => `${name}: “${belief}” (pnpm drill ${drill.number} --variant ${name})`);
}
