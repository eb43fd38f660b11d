import path from "node:path";
import { toJsonLine, type JudgedClaim } from "@weir/proof";
import type { ToldEnd } from "./run-drill.ts";

const glyphs = { HOLDS: "✓", FALSIFIED: "✗", UNKNOWN: "?" } as const;

export interface TellOptions {
  /** One document, the last line of stdout; everything else on stderr. */
  readonly json: boolean;
  readonly advice: readonly string[];
  /** The command to try next. */
  readonly next: string;
}

/** Verdicts, advice, path of the report, and the one command to try next. */
export function tell({ result, why, directory }: ToldEnd, { json, advice, next }: TellOptions): void {
  const out = json ? process.stderr : process.stdout;
  const lines = [
    ...(why === undefined ? claimTexts(result.claims) : [why]),
    ...advice,
    "",
    `${glyphs[result.verdict]} ${result.verdict} on ${result.tier === "memory" ? "the memory tier" : `${result.tier} servers`}: ${result.finding}`,
    `report: ${path.relative(process.cwd(), path.join(directory, "report.html"))}`,
    `next:   ${next}`,
  ];
  out.write(`${lines.join("\n")}\n`);
  if (json) process.stdout.write(`${toJsonLine(result, directory)}\n`);
}

/** A cause that several claims share is told once: eight times the same sentence hides the one that is another. */
function claimTexts(claims: readonly JudgedClaim[]): string[] {
  const told = new Map<string, string>();
  return claims.map((claim) => {
    const { id, verdict } = claim;
    const first = verdict.kind === "UNKNOWN" ? told.get(verdict.cause) : undefined;
    if (verdict.kind === "UNKNOWN" && first === undefined) told.set(verdict.cause, id);
    return claimText(claim, first);
  });
}

/** `sameAs`: the claim under which its cause was told already. */
function claimText(claim: JudgedClaim, sameAs: string | undefined): string {
  const { id, sentence, verdict, comparison, threshold, unit } = claim;
  const head = `${glyphs[verdict.kind]} ${verdict.kind.padEnd(9)} ${id}  ${sentence}`;
  if (verdict.kind === "UNKNOWN") {
    return sameAs === undefined
      ? `${head}\n              ${verdict.cause}`
      : `${head}: for the same reason as ${sameAs}`;
  }
  const seen = `${verdict.seen} ${unit} (${comparison} ${threshold}; ${verdict.n} looked at)`;
  const witness = verdict.kind === "FALSIFIED" ? verdict.witness.map((line) => `\n              ${line}`).join("") : "";
  return `${head}: ${seen}${witness}`;
}
