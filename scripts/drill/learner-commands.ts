import { WeirError } from "@weir/core";
import { suggestion } from "@weir/core/options";
import type { Drill, Variant } from "@weir/drill";
import { folderOf, resetMine, restoreMine } from "@weir/drill/learner";
import { asTyped, type Places } from "./places.ts";

const print = (line: string): void => void process.stdout.write(`${line}\n`);

/** `pnpm drill reset 1`: your files begin anew; what was there is kept. */
export async function reset(drill: Drill, places: Places, from: string | undefined): Promise<void> {
  const mine = { drill, folder: places.mine };
  const start = from === undefined ? {} : { from: findVariant(drill, from) };
  const kept = await resetMine(mine, { ...start, now: new Date() });
  print(`${asTyped(folderOf(mine))} begins anew, from ${from ?? "the exercise"}.`);
  if (kept !== undefined) print(`What was there is in ${asTyped(kept)}; back with: pnpm drill restore ${drill.number}`);
  print(`next: pnpm drill ${drill.number} --mine`);
}

/** `pnpm drill restore 1`: the newest kept copy comes back. */
export async function restore(drill: Drill, places: Places): Promise<void> {
  const mine = { drill, folder: places.mine };
  const { restored, kept } = await restoreMine(mine, new Date());
  print(`${asTyped(folderOf(mine))} is as it was kept in ${asTyped(restored)}.`);
  if (kept !== undefined) print(`What was there is in ${asTyped(kept)}: the same command brings it back.`);
}

/**
 * By its name, as after `--variant`.
 *
 * @throws WeirError `unknown-variant`
 */
export function findVariant(drill: Drill, name: string): Variant {
  const found = drill.variants.find((variant) => variant.name === name);
  if (found !== undefined) return found;
  const names = drill.variants.map((variant) => variant.name);
  throw new WeirError(
    "unknown-variant",
    `Drill ${drill.number} has no variant ${JSON.stringify(name)}${suggestion(name, names)} There are: ${names.join(", ")}`,
    { kind: "programming" },
  );
}
