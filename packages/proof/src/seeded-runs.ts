import { confidence, failureRateMax } from "./failure-rate.ts";
import type { JudgedClaim } from "./judge.ts";
import type { Result } from "./result.ts";
import type { VerdictKind } from "./verdict.ts";

/** One claim in several runs that differ by their seed. */
export interface SeededClaim {
  readonly id: string;
  readonly sentence: string;
  readonly held: number;
  readonly falsified: number;
  readonly unknown: number;
  /** The most that can be said of it, as a sentence without a full stop. */
  readonly told: string;
}

/** What runs of the same thing with different seeds say together. A claim that only some of them made is unknown in the others. */
export function seededClaims(results: readonly Pick<Result, "claims">[]): readonly SeededClaim[] {
  const claims = new Map<string, JudgedClaim>(
    results.flatMap((result) => result.claims.map((claim) => [claim.id, claim])),
  );
  return [...claims.values()].map(({ id, sentence }) => {
    const kinds = results.map((result) => result.claims.find((claim) => claim.id === id)?.verdict.kind ?? "UNKNOWN");
    const count = (kind: VerdictKind): number => kinds.filter((each) => each === kind).length;
    const counted = { held: count("HOLDS"), falsified: count("FALSIFIED"), unknown: count("UNKNOWN") };
    return { id, sentence, ...counted, told: seededWording(counted) };
  });
}

/** `held in 20 of 20 seeded runs (failure rates above 14 % excluded at 95 %; seeds vary the schedule, not the machine)` */
export function seededWording({
  held,
  falsified,
  unknown,
}: Pick<SeededClaim, "held" | "falsified" | "unknown">): string {
  const runs = held + falsified + unknown;
  const open = unknown === 0 ? "" : `, unknown in ${unknown}`;
  const among = `${runs} seeded run${runs === 1 ? "" : "s"}`;
  if (held + falsified === 0) return `unknown in all of ${among}`;
  const excluded = `failure rates above ${percent(failureRateMax(falsified, held + falsified))} excluded at ${percent(confidence)}`;
  const what = falsified === 0 ? `held in ${held}` : `falsified in ${falsified}`;
  // A run that could not be judged might have failed: it excludes nothing.
  const bound = unknown === 0 ? excluded : `of those judged, ${excluded}`;
  return `${what} of ${among}${open} (${bound}; seeds vary the schedule, not the machine)`;
}

/** Rounded up: a bound that was rounded down would exclude what it does not. */
function percent(share: number): string {
  const hundredths = share * 100;
  const step = hundredths < 1 ? 100 : 1;
  return `${Math.min(100, Math.ceil(Number((hundredths * step).toFixed(6))) / step)} %`;
}
