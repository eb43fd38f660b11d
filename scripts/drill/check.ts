import { type Drill } from "@weir/drill";
import { isCaught } from "@weir/proof";
import { checkDrill } from "@weir/drill/gate";
import { abortOnInterrupt } from "../run-command.ts";
import { type KnownDrill, loadDrill, presentDrills } from "./known-drills.ts";
import { asTyped, type Places } from "./places.ts";

/** Runs the gate of one drill, or of all that are there. Exit code: 0 nothing escaped, 1 something did, 2 not all could be run. */
export async function check(
  known: KnownDrill | undefined,
  places: Places,
  flags: { readonly json?: boolean },
): Promise<number> {
  const drills: readonly Drill[] = known === undefined ? await presentDrills() : [await loadDrill(known)];
  const signal = abortOnInterrupt();
  const out = flags.json === true ? process.stderr : process.stdout;
  const say = (line: string): void => void out.write(`${line}\n`);
  const ends = [];
  for (const drill of drills) {
    say(`drill ${drill.number}, ${drill.name}: every check must tell right from wrong`);
    const end = await checkDrill(drill, { ...places, say, signal });
    if (signal.aborted) return 130;
    const escaped = end.controls.filter((control) => !isCaught(control));
    for (const { variant, reason } of end.skipped) say(`- ${variant.padEnd(22)} not run: ${reason}`);
    const file = end.file === undefined ? "" : `; ${asTyped(end.file)}`;
    say(`${end.controls.length - escaped.length} of ${end.controls.length} controls as they must be${file}`);
    ends.push({ drill: drill.id, escaped: escaped.length, ...end });
  }
  if (flags.json === true) process.stdout.write(`${JSON.stringify({ format: "weir.controls/1", drills: ends })}\n`);
  if (ends.some(({ escaped }) => escaped > 0)) return 1;
  return ends.some(({ skipped }) => skipped.length > 0) ? 2 : 0;
}
