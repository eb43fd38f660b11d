// `pnpm services up|down|status`: servers that keep running between drills.
import { type Reach, servicesDown, servicesStatus, servicesUp, withoutPassword } from "@weir/services";
import { Command } from "commander";
import { abortOnInterrupt, runCommand } from "./run-command.ts";

interface Flags {
  readonly json?: boolean;
  readonly showUrl?: boolean;
}

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const printJson = (document: object): void => print(JSON.stringify({ format: "weir.services/1", ...document }));

function shown(reach: Reach, { showUrl }: Flags) {
  const url = showUrl === true ? reach.postgres.url : withoutPassword(reach.postgres.url);
  return { startedAt: reach.startedAt, postgres: { ...reach.postgres, url }, kafka: reach.kafka };
}

function printReach(reach: Reach, flags: Flags): void {
  const { startedAt, postgres, kafka } = shown(reach, flags);
  print(`Postgres ${postgres.version.padEnd(8)}${postgres.url}`);
  print(`Kafka    ${kafka.version.padEnd(8)}${kafka.brokers.join(",")}`);
  print(`running since    ${startedAt}`);
}

async function up(flags: Flags): Promise<void> {
  const signal = abortOnInterrupt();
  const resident = await servicesUp({ report: say, signal });
  if (flags.json === true) return printJson({ running: true, started: resident.started, ...shown(resident, flags) });
  printReach(resident, flags);
  if (flags.showUrl !== true) say("The database's address with its password: pnpm services status --show-url");
  say(resident.started ? "Drills use these servers now. End them with: pnpm services down" : "They ran already.");
}

async function down(flags: Flags): Promise<void> {
  const stopped = await servicesDown();
  if (flags.json === true) return printJson({ running: false, stopped });
  print(stopped ? "Stopped; their data are gone." : "Nothing was running.");
}

async function status(flags: Flags): Promise<void> {
  const { running, faults } = await servicesStatus();
  const answers = faults.postgres === undefined && faults.kafka === undefined;
  process.exitCode = answers ? 0 : 1;
  if (flags.json === true) {
    return printJson(running === undefined ? { running: false } : { running: true, ...shown(running, flags), faults });
  }
  if (running === undefined) return print("Nothing is running. Start servers that stay with: pnpm services up");
  printReach(running, flags);
  for (const [name, fault] of Object.entries(faults)) print(`${name} does not answer: ${fault}`);
  if (!answers) print("Start afresh with: pnpm services down && pnpm services up");
}

const command = new Command("pnpm services")
  .description("Postgres and Kafka that keep running between drills, on 127.0.0.1 only.")
  .addHelpText("after", "\nExit codes: 0 done, 1 they run but do not answer, 2 not possible here, 130 interrupted.");
const actions = { up, down, status };
const meanings = {
  up: "start both and leave them running",
  down: "stop exactly those, and remove their data",
  status: "say what runs, and whether it answers",
};
for (const name of ["up", "down", "status"] as const) {
  const sub = command.command(name).description(meanings[name]);
  sub.option("--json", "print one JSON document on one line, everything else on stderr");
  if (name !== "down") sub.option("--show-url", "show the database's address with its password");
  sub.action(actions[name]);
}
await runCommand(command);
