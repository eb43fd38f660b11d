import type { DrillTier } from "@weir/drill";
import { judge, type Judgement } from "@weir/proof";
import { claimsUnder } from "./claims.ts";
import { emptyFacts, faultNames, takeIn, type Facts } from "./facts.ts";

/** Judges a run from nothing but its history; which claims were made, the history itself declares. */
export function judgeHistory(file: string): Promise<Judgement<Facts>> {
  return judge({
    file,
    claims: ({ parameters }) => {
      const fault = faultNames.find((name) => name === parameters["fault"]) ?? faultNames[0];
      const tier: DrillTier = parameters["tier"] === "memory" ? "memory" : "real";
      return claimsUnder(fault, tier);
    },
    facts: emptyFacts(),
    takeIn,
  });
}
