/** `pnpm drill`: lists the drills, or runs one. Thin: reads the arguments and calls the drill. */
import { Command } from "commander";
import { runCommand } from "./run-command.ts";

interface DrillModule {
  runDrill(options: Readonly<Record<string, unknown>>): Promise<number>;
  readonly parameters: Readonly<Record<string, { readonly meaning: string; readonly default: number | undefined }>>;
}

interface DrillEntry {
  readonly number: number;
  readonly name: string;
  readonly shows: string;
  readonly minutes: string;
  /** `undefined`: still to come. */
  readonly load: (() => Promise<DrillModule>) | undefined;
}

const drills: readonly DrillEntry[] = [
  {
    number: 1,
    name: "ingest",
    shows: "a Kafka topic into Postgres: nothing dropped, nothing invented",
    minutes: "1",
    load: () => import("@weir/drill-01-ingest"),
  },
  {
    number: 2,
    name: "backpressure",
    shows: "the producer slows when the processors saturate",
    minutes: "to come",
    load: undefined,
  },
  { number: 3, name: "idempotency", shows: "delivered twice, one effect", minutes: "to come", load: undefined },
  {
    number: 4,
    name: "backoff",
    shows: "growing delays, and an error rate that falls because of them",
    minutes: "to come",
    load: undefined,
  },
  {
    number: 5,
    name: "dead-letter",
    shows: "set aside, seen, inspected, replayed, purged",
    minutes: "to come",
    load: undefined,
  },
];

function list(): void {
  for (const { number, name, shows, minutes } of drills) {
    const time = minutes === "to come" ? minutes : `${minutes} min`;
    process.stdout.write(`  ${number}  ${name.padEnd(13)} ${time.padEnd(8)} ${shows}\n`);
  }
  process.stdout.write("\nRun one with: pnpm drill 1\n");
}

/** By number or name; `undefined` after saying what is wrong. */
async function find(wanted: string): Promise<DrillModule | undefined> {
  const entry = drills.find(
    ({ number, name }) => wanted === String(number) || wanted === name || wanted === `0${number}-${name}`,
  );
  if (entry === undefined) {
    process.stderr.write(
      `There is no drill ${JSON.stringify(wanted)}. There are: ${drills.map(({ number, name }) => `${number} (${name})`).join(", ")}\n`,
    );
    return undefined;
  }
  if (entry.load === undefined) {
    process.stderr.write(`Drill ${entry.number} (${entry.name}) is still to come. Drill 1 is there: pnpm drill 1\n`);
    return undefined;
  }
  return entry.load();
}

const number = (text: string): number => Number(text);

const command = new Command("pnpm drill")
  .description("Lists the drills; with a number, runs one on real servers and writes a proof report.")
  .argument("[drill]", "number or name of the drill")
  .option("--messages <n>", "messages to publish", number)
  .option("--partitions <n>", "partitions of the topic", number)
  .option("--workers <n>", "worker processes at the start", number)
  .option("--fault <name>", "what is done to the run: kill (default), split, pause, restart, storm")
  .option("--seed <n>", "seed of the stream; without it one is drawn and printed", number)
  .option("--json", "print one JSON document on one line, the last on stdout, and everything else on stderr")
  .showHelpAfterError("(pnpm drill --help shows what there is)")
  .addHelpText("after", "\nExit codes: 0 holds, 1 falsified, 2 unknown or error, 130 interrupted.")
  .action(async (wanted: string | undefined, options: Record<string, unknown>) => {
    if (wanted === undefined) return list();
    const drill = await find(wanted);
    process.exitCode = drill === undefined ? 2 : await drill.runDrill(options);
  });

await runCommand(command);
