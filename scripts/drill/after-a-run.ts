import { existsSync } from "node:fs";
import type { Drill, Variant } from "@weir/drill";
import { failureStory, folderOf } from "@weir/drill/learner";
import type { Result } from "@weir/proof";
import { asTyped, type Places } from "./places.ts";

export interface Ended {
  readonly result: Result;
  /** Why nothing was judged. */
  readonly why?: string;
  readonly directory: string;
}

/** What is told of a run beyond its verdicts: of the first claim that failed its story. */
export async function adviceOn(drill: Drill, { result, directory, why }: Ended): Promise<readonly string[]> {
  if (why !== undefined || result.variant === "solution") return [];
  const story = await failureStory({ drill, result, directory: asTyped(directory) });
  return story.length === 0 ? [] : ["", ...story];
}

/** The one command to try next; `undefined`: nothing better than the same once more. */
export function nextAfter(
  drill: Drill,
  variant: Variant,
  { places, result }: { places: Places; result: Result },
): string | undefined {
  const run = `pnpm drill ${drill.number}`;
  const holds = result.verdict === "HOLDS";
  if (variant.kind === "mine") return holds ? `pnpm drill   (what comes after)` : `${run} --hint   (one rung of help)`;
  if (variant.kind === "naive") {
    return `pnpm drill reset ${drill.number} --from ${variant.name}, then ${run} --mine   (mend it)`;
  }
  const isBegun = existsSync(folderOf({ drill, folder: places.mine }));
  return holds && !isBegun ? `${run} --mine   (write the hard part yourself)` : undefined;
}
