import type { Result, VerdictKind } from "@weir/proof";

/** One claim in several runs. What these exclude, the page over all drills says. */
export interface CountedClaim {
  readonly id: string;
  readonly held: number;
  readonly falsified: number;
  readonly unknown: number;
}

export function countedClaims(results: readonly Pick<Result, "claims">[]): readonly CountedClaim[] {
  const ids = [...new Set(results.flatMap(({ claims }) => claims.map(({ id }) => id)))];
  return ids.map((id) => {
    // A claim that a run did not make is not known in it.
    const kinds = results.map(({ claims }) => claims.find((claim) => claim.id === id)?.verdict.kind ?? "UNKNOWN");
    const count = (kind: VerdictKind): number => kinds.filter((each) => each === kind).length;
    return { id, held: count("HOLDS"), falsified: count("FALSIFIED"), unknown: count("UNKNOWN") };
  });
}

/** `12 claims held in 3 of 3 runs`, or what did not, one by one. */
export function countedText(claims: readonly CountedClaim[]): string {
  const [first] = claims;
  if (first === undefined) return "no run was judged";
  const runs = first.held + first.falsified + first.unknown;
  const held = claims.filter((claim) => claim.held === runs);
  const others = claims
    .filter((claim) => claim.held !== runs)
    .map(({ id, falsified, unknown }) => `${id} falsified in ${falsified}, unknown in ${unknown}`);
  return [`${held.length} of ${claims.length} claims held in ${runs} of ${runs} runs`, ...others].join("; ");
}
