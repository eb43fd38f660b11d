import { randomInt } from "node:crypto";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { asWeirError, WeirError } from "@weir/core";
import { checkNumbers, refuseFaults, suggestion } from "@weir/core/options";
import { createRunDirectory, pointLatest, toJsonLine, type Result } from "@weir/proof";
import { writeReport } from "@weir/proof/report";
import { openServices, type ServerControl, type Services } from "@weir/services";
import { faultNames, type FaultName } from "./proof/facts.ts";
import { runOn, type RunEnd } from "./proof/run.ts";
import { createScreen, type Screen } from "./proof/screen.ts";
import { parameters } from "./spec.ts";

export { parameters };

export interface DrillOptions {
  readonly messages?: number;
  readonly partitions?: number;
  readonly workers?: number;
  readonly seed?: number;
  readonly fault?: string;
  readonly json?: boolean;
}

const root = fileURLToPath(new URL("../../", import.meta.url));
const exitCodes = { HOLDS: 0, FALSIFIED: 1, UNKNOWN: 2 } as const;
const interrupted = 130;

/** Runs drill 1 and answers with the exit code: 0 holds, 1 falsified, 2 unknown or error, 130 interrupted. */
export async function runDrill(options: DrillOptions): Promise<number> {
  const screen = createScreen(process.stderr, process.env);
  const stop = new AbortController();
  const onSignal = (): void => {
    // The second one leaves at once; the servers end with this process.
    if (stop.signal.aborted) process.exit(interrupted);
    screen.say("stopping: the workers drain; once more to leave at once");
    stop.abort();
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, onSignal);
  try {
    return await run(options, screen, stop.signal);
  } catch (thrown) {
    screen.end();
    if (stop.signal.aborted) return interrupted;
    if (!(thrown instanceof WeirError)) throw thrown;
    process.stderr.write(`${thrown.message}\n`);
    return exitCodes.UNKNOWN;
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, onSignal);
  }
}

async function run(options: DrillOptions, screen: Screen, signal: AbortSignal): Promise<number> {
  const { json = false, fault = "kill", ...given } = options;
  refuseFaults([...checkNumbers(parameters, given, { path: "--" }), ...faultFaults(fault)]);
  const chosen = {
    messages: given.messages ?? parameters.messages.default,
    partitions: given.partitions ?? parameters.partitions.default,
    workers: given.workers ?? parameters.workers.default,
    seed: given.seed ?? randomInt(parameters.seed.max),
    fault: fault as FaultName,
  };
  screen.say(`drill 1, ingest: a Kafka topic into Postgres; ${told[chosen.fault]}`);
  const report = (line: string): void => screen.say(line);
  // Whoever kills servers kills only his own.
  const own = chosen.fault === "restart";
  const services = await openServices({ want: ["postgres", "kafka"], own, report, signal });
  try {
    screen.say(`${services.summary}; seed ${chosen.seed}`);
    const directory = await createRunDirectory(path.join(root, "proofs"), "01-ingest", new Date());
    const end = await runOn({ services: reach(services), chosen, directory, root, screen, signal });
    await writeReport(directory.path, end.result);
    await pointLatest(directory);
    screen.end();
    tell(end, directory.path, json);
    return signal.aborted ? interrupted : end.why === undefined ? exitCodes[end.result.verdict] : exitCodes.UNKNOWN;
  } finally {
    await services.close();
  }
}

/** Only servers that were started for this run can be killed. */
function controlOf(service: Partial<ServerControl>): ServerControl | undefined {
  return service.restart === undefined ? undefined : (service as ServerControl);
}

const told: Readonly<Record<FaultName, string>> = {
  kill: "one worker is killed, one joins late",
  split: "one worker is cut off from Kafka, then from Postgres",
  pause: "one worker is stopped beyond its session, and goes on",
  restart: "Kafka dies and comes back, then Postgres",
  storm: "workers join and leave all the time",
};

function faultFaults(given: string): string[] {
  if (faultNames.some((name) => name === given)) return [];
  const known = faultNames.join(", ");
  return [`--fault: expected one of ${known}, given ${JSON.stringify(given)}${suggestion(given, faultNames)}`];
}

function reach({ tier, summary, postgres, kafka }: Services): Parameters<typeof runOn>[0]["services"] {
  if (postgres === undefined || kafka === undefined) throw asWeirError(new Error("services without Postgres or Kafka"));
  const versions = { Postgres: postgres.version, Kafka: kafka.version };
  const control = { postgres: controlOf(postgres), kafka: controlOf(kafka) };
  return { tier, summary, versions, databaseUrl: postgres.url, brokers: kafka.brokers, ...control };
}

const glyphs = { HOLDS: "✓", FALSIFIED: "✗", UNKNOWN: "?" } as const;

/** Verdict, path of the report, and the one command to try next. */
function tell({ result, why }: RunEnd, directory: string, json: boolean): void {
  const out = json ? process.stderr : process.stdout;
  const lines = result.claims.map(({ id, sentence, verdict, comparison, threshold, unit }) => {
    const head = `${glyphs[verdict.kind]} ${verdict.kind.padEnd(9)} ${id}  ${sentence}`;
    if (verdict.kind === "UNKNOWN") return `${head}\n              ${verdict.cause}`;
    const seen = `${verdict.seen} ${unit} (${comparison} ${threshold}; ${verdict.n} looked at)`;
    const witness =
      verdict.kind === "FALSIFIED" ? verdict.witness.map((line) => `\n              ${line}`).join("") : "";
    return `${head}: ${seen}${witness}`;
  });
  if (why !== undefined) out.write(`${why}\n`);
  if (why === undefined) out.write(`${lines.join("\n")}\n`);
  out.write(`\n${glyphs[result.verdict]} ${result.verdict} on ${result.tier} servers: ${result.finding}\n`);
  out.write(`report: ${path.relative(process.cwd(), path.join(directory, "report.html"))}\n`);
  out.write(`next:   ${next(result)}\n`);
  if (json) process.stdout.write(`${toJsonLine(result, directory)}\n`);
}

function next({ verdict, seed, rerun }: Result): string {
  if (verdict === "HOLDS") return `pnpm drill 1 --seed ${seed + 1}   (another stream)`;
  return `${rerun}   (the same stream again)`;
}
