import { existsSync } from "node:fs";
import { verifySet, type Verification } from "@weir/proof/verify";
import { presentDrills } from "../drill/known-drills.ts";
import { asTyped } from "../drill/places.ts";

/** Checks digests and judges again, every run below a directory. Exit code: 0 verified, 1 something differs, 2 no run. */
export async function verify(directory: string, flags: { readonly json?: boolean }): Promise<number> {
  if (!existsSync(directory)) {
    process.stderr.write(`There is no ${directory}. pnpm proof writes a set of runs; pnpm drill 1 writes one.\n`);
    return 2;
  }
  const judges = new Map((await presentDrills()).map((drill) => [drill.id, (file: string) => drill.judgeAgain(file)]));
  const found = await verifySet(directory, { judgeOf: (drill) => judges.get(drill) });
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ format: "weir.verification/1", runs: found })}\n`);
  else process.stdout.write(`${found.flatMap(linesOf).join("\n")}\n`);
  if (found.every(({ isVerified }) => isVerified)) return 0;
  return found.some(({ faults }) => faults.some(({ code }) => code === "no-run")) ? 2 : 1;
}

function linesOf({ directory, isVerified, confirmed, faults }: Verification): string[] {
  return [
    `${isVerified ? "✓ verified" : "✗ differs "} ${asTyped(directory)}`,
    ...confirmed.map((sentence) => `             ${sentence}`),
    ...faults.map(({ sentence }) => `           ✗ ${sentence}`),
  ];
}
