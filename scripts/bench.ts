// `pnpm bench`: ours beside its peers, as ratios within one run.
import { benchSetNames, benchText, runBench } from "@weir/bench";
import { Command, InvalidArgumentError } from "commander";
import { abortOnInterrupt, runCommand } from "./run-command.ts";

interface Flags {
  readonly json?: boolean;
  readonly quick?: boolean;
  readonly messages?: number;
  readonly rounds?: number;
}

function wholeNumber(text: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new InvalidArgumentError("expected a whole number from 1 on");
  return number;
}

async function bench(sets: readonly string[], flags: Flags): Promise<void> {
  const document = await runBench({
    sets,
    size: flags.quick === true ? "quick" : "full",
    ...(flags.messages !== undefined && { messages: flags.messages }),
    ...(flags.rounds !== undefined && { rounds: flags.rounds }),
    signal: abortOnInterrupt(),
    report: (line) => void process.stderr.write(`${line}\n`),
  });
  process.stdout.write(`${flags.json === true ? JSON.stringify(document) : benchText(document)}\n`);
}

await runCommand(
  new Command("pnpm bench")
    .description("Measures ours beside its peers, in interleaved rounds; a target that is missed is no error.")
    .argument("[sets...]", `which sets: ${benchSetNames.join(", ")} (all of them unless given)`)
    .option("--quick", "a tenth of the messages, in three rounds")
    .option("--messages <number>", "messages, and records from Kafka, of one repetition", wholeNumber)
    .option("--rounds <number>", "repetitions that count", wholeNumber)
    .option("--json", "print one JSON document on one line, everything else on stderr")
    .addHelpText("after", "\nExit codes: 0 measured, 2 not possible here, 130 interrupted.")
    .action(bench),
);
