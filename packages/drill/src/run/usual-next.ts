import type { Result } from "@weir/proof";
import type { Drill } from "../drill.ts";

/** The command to try next: another stream if it held, else the same stream again. */
export function usualNext({ parameters, number }: Drill, { verdict, seed, rerun }: Result): string {
  if (verdict !== "HOLDS") return `${rerun}   (the same stream again)`;
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = parameters["seed"] ?? {};
  return `pnpm drill ${number} --seed ${seed >= max ? min : seed + 1}   (another stream)`;
}
