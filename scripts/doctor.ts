// `pnpm run doctor`: what is here, what is missing, and what mends it.
import { diagnose, diagnosisText, installTools } from "@weir/services/doctor";
import { Command } from "commander";
import { abortOnInterrupt, runCommand } from "./run-command.ts";

interface Flags {
  readonly json?: boolean;
  readonly install?: boolean;
}

async function doctor(flags: Flags): Promise<void> {
  const signal = abortOnInterrupt();
  if (flags.install === true) await installTools({ signal, report: (line) => void process.stderr.write(`${line}\n`) });
  const diagnosis = await diagnose();
  process.stdout.write(`${flags.json === true ? JSON.stringify(diagnosis) : diagnosisText(diagnosis)}\n`);
  process.exitCode = diagnosis.ready ? 0 : 2;
}

await runCommand(
  new Command("pnpm run doctor")
    .description("Runs every check: what is seen beside what is wanted, and the command that mends it.")
    .option("--json", "print one JSON document on one line")
    .option("--install", "first install Java and Maven (as root on Debian and its kin)")
    .addHelpText("after", "\nExit codes: 0 drills can run on real servers here, 2 they cannot.")
    .action(doctor),
);
