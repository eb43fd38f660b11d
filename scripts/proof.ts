// `pnpm proof`: all drills with their controls, and one page over all of them. `pnpm proof verify DIR` judges again.
import { Command, InvalidArgumentError } from "commander";
import { findDrill } from "./drill/known-drills.ts";
import { placesOf } from "./drill/places.ts";
import { prove } from "./proof/prove.ts";
import { verify } from "./proof/verify.ts";
import { runCommand } from "./run-command.ts";

const seedsMax = 20;
const places = placesOf(process.env);

function wholeNumber(text: string): number {
  const number = Number(text);
  if (Number.isSafeInteger(number) && number >= 1 && number <= seedsMax) return number;
  throw new InvalidArgumentError(`expected a whole number from 1 to ${seedsMax}: so many runs of a drill are kept`);
}

const command = new Command("pnpm proof")
  .description("Runs all drills with their controls, and writes the whole set of reports.")
  .argument("[drills...]", "numbers or names of drills; without them all that are there")
  .option("--seeds <n>", "runs of each drill, each with another seed", wholeNumber, 1)
  .option("--json", "print one JSON document on one line, everything else on stderr")
  .enablePositionalOptions()
  .addHelpText(
    "after",
    "\nExit codes: 0 all hold, 1 something was falsified, or escaped, 2 unknown or error, 130 interrupted.",
  )
  .action(async (words: readonly string[], flags: { readonly seeds: number; readonly json?: boolean }) => {
    process.exitCode = await prove(
      words.map((word) => findDrill(word)),
      places,
      flags,
    );
  });
command
  .command("verify [directory]")
  .description("check the digests of a run, or of all below a directory, and judge them again from their histories")
  .option("--json", "print one JSON document on one line")
  .addHelpText("after", "\nExit codes: 0 verified, 1 something differs, 2 there is no run.")
  .action(async (directory: string | undefined, flags: { readonly json?: boolean }) => {
    process.exitCode = await verify(directory ?? places.proofs, flags);
  });
await runCommand(command);
