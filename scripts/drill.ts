/** `pnpm drill`: lists the drills, runs one, and keeps the learner's files. Thin: reads the arguments and calls a package. */
import { nextHint } from "@weir/drill/learner";
import { Command } from "commander";
import { clean, type CleanFlags } from "./drill/clean.ts";
import { addCommonOptions, addDrillOptions, firstWord, type RunFlags } from "./drill/drill-options.ts";
import { findDrill, isDrill, loadDrill } from "./drill/known-drills.ts";
import { reset, restore } from "./drill/learner-commands.ts";
import { listText, standings } from "./drill/list.ts";
import { placesOf } from "./drill/places.ts";
import { runCommand } from "./run-command.ts";

const places = placesOf(process.env);
const drillNamed = (word: string): ReturnType<typeof loadDrill> => loadDrill(findDrill(word));

async function list({ json }: RunFlags): Promise<void> {
  const all = await standings(places);
  const document = { format: "weir.drills/1", drills: all };
  process.stdout.write(`${json === true ? JSON.stringify(document) : listText(all)}\n`);
}

async function run(word: string | undefined, flags: RunFlags): Promise<void> {
  if (word === undefined) return list(flags);
  const drill = await drillNamed(word);
  if (flags.hint === true) {
    const lines = await nextHint({ drill, folder: places.mine });
    process.stdout.write(`${lines.join("\n")}\n`);
    return;
  }
  // What runs something is loaded only where something runs: the list must come at once.
  const { runMine, runVariant } = await import("./drill/run-variant.ts");
  const command = { drill, flags, places };
  process.exitCode = await (flags.mine === true ? runMine(command) : runVariant(command));
}

const command = new Command("pnpm drill")
  .description("Lists the drills; with a number, runs one and writes a proof report.")
  .argument("[drill]", "number or name of the drill")
  .enablePositionalOptions()
  .showHelpAfterError("(pnpm drill --help shows what there is)")
  .addHelpText("after", "\nExit codes: 0 holds or done, 1 falsified, 2 unknown or error, 130 interrupted.")
  .action(run);
addCommonOptions(command);
command
  .command("reset <drill>")
  .description("begin your files anew; what was there is kept")
  .option("--from <variant>", "begin from this variant instead of the exercise")
  .action(async (word: string, { from }: { from?: string }) => reset(await drillNamed(word), places, from));
command
  .command("restore <drill>")
  .description("bring back what the last reset or restore kept")
  .action(async (word: string) => restore(await drillNamed(word), places));
command
  .command("check [drill]")
  .description("the gate: show of every check that it can fail, and can hold")
  .option("--json", "print one JSON document on one line, everything else on stderr")
  .action(async (word: string | undefined, flags: { json?: boolean }) => {
    const { check } = await import("./drill/check.ts");
    process.exitCode = await check(word === undefined ? undefined : findDrill(word), places, flags);
  });
command
  .command("clean [drill]")
  .description("remove the reports of a drill, or all of them")
  .option("--dry-run", "only say what would be removed")
  .option("--yes", "remove without asking")
  .action(async (word: string | undefined, flags: CleanFlags) => {
    const folder = word === undefined ? places.proofs : `${places.proofs}/${findDrill(word).id}`;
    process.exitCode = await clean(folder, flags);
  });

const commands = [...command.commands.map((each) => each.name()), "help"];
await runCommand(command, async () => {
  const word = firstWord(process.argv.slice(2));
  if (word === undefined || commands.includes(word)) return;
  if (!isDrill(word)) findDrill(word, commands);
  // Only the drill knows what may be changed about it.
  addDrillOptions(command, await drillNamed(word));
});
