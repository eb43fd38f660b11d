import { randomInt } from "node:crypto";
import path from "node:path";
import { asWeirError, WeirError } from "@weir/core";
import { checkNumbers, refuseFaults, suggestion } from "@weir/core/options";
import type { Controls, Result } from "@weir/proof";
import { openServices, type Services } from "@weir/services";
import type { Drill, DrillFault, DrillTier, Variant } from "../drill.ts";
import { runOnce, type OnceEnd } from "./run-once.ts";
import { createScreen, type Screen } from "./screen.ts";
import { tell } from "./tell.ts";
import { usualNext } from "./usual-next.ts";

/** What came of a run, for whoever adds to its telling. */
export interface ToldEnd {
  readonly result: Result;
  /** Why nothing was judged. */
  readonly why?: string;
  readonly directory: string;
}

export interface DrillOptions {
  /** Of the repository. */
  readonly root: string;
  /** Default: `proofs/` of the repository. */
  readonly proofs?: string;
  readonly variant: Variant;
  /** File URL of the module that exports `solution`. */
  readonly module: string;
  /** Absent: real servers, and the memory tier where they cannot be had. */
  readonly tier?: DrillTier;
  /** As typed; what is missing has its default. */
  readonly numbers: Readonly<Record<string, unknown>>;
  readonly fault?: string;
  readonly json?: boolean;
  readonly controls?: Controls | undefined;
  /** Lines that follow the verdicts of the claims. */
  readonly advice?: (end: ToldEnd) => Promise<readonly string[]>;
  /** The command to try next; `undefined`: the usual one. */
  readonly next?: (end: ToldEnd) => string | undefined;
}

export interface DrillEnd {
  /** 0 holds, 1 falsified, 2 unknown or error, 130 interrupted. */
  readonly code: number;
  readonly result?: Result;
  readonly why?: string;
  readonly directory?: string;
}

const exitCodes = { HOLDS: 0, FALSIFIED: 1, UNKNOWN: 2 } as const;
const interrupted = 130;

/** Runs a drill as the command line does: shows it on stderr, tells verdicts and report, answers with the exit code. */
export async function runDrill(drill: Drill, options: DrillOptions): Promise<DrillEnd> {
  const screen = createScreen(process.stderr, process.env);
  const stop = new AbortController();
  const onSignal = (): void => {
    // The second one leaves at once; the servers end with this process.
    if (stop.signal.aborted) process.exit(interrupted);
    stop.abort();
    screen.say("stopping: the workers drain; once more to leave at once");
  };
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, onSignal);
  try {
    return await run(drill, options, { screen, signal: stop.signal });
  } catch (thrown) {
    screen.end();
    if (stop.signal.aborted) return { code: interrupted };
    if (!(thrown instanceof WeirError)) throw thrown;
    process.stderr.write(`${thrown.message}\n`);
    return { code: exitCodes.UNKNOWN };
  } finally {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.off(signal, onSignal);
  }
}

interface Watched {
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

async function run(drill: Drill, options: DrillOptions, { screen, signal }: Watched): Promise<DrillEnd> {
  const { variant, json = false } = options;
  const fault = options.fault ?? (drill.faults[0] as DrillFault).name;
  refuseFaults([
    ...checkNumbers(drill.parameters, options.numbers, { path: "--" }),
    ...faultFaults(drill, fault, options.tier),
  ]);
  const chosen = drill.faults.find(({ name }) => name === fault) as DrillFault;
  const which = variant.kind === "solution" ? "" : ` (${variant.name})`;
  screen.say(`drill ${drill.number}, ${drill.name}${which}: ${drill.shows}; ${chosen.told}`);
  const { services, tier } = await openFor(options, chosen, { screen, signal });
  try {
    const numbers = numbersFor(drill, tier, options);
    const where = tier === "memory" ? `${services.summary} · the log in this process` : services.summary;
    screen.say(`${where}; seed ${numbers["seed"]}`);
    const say = (line: string): void => screen.say(line);
    const show: Screen["show"] = (frame) => screen.show(frame);
    const { root, module, controls, proofs = path.join(root, "proofs") } = options;
    const places = { root, proofs, module, services };
    const end = await runOnce(drill, { ...places, variant, tier, numbers, fault, say, show, signal, controls });
    screen.end();
    return await conclude(drill, end, { options, json, signal });
  } finally {
    await services.close();
  }
}

async function conclude(
  drill: Drill,
  { result, why, directory }: OnceEnd,
  { options, json, signal }: { options: DrillOptions; json: boolean; signal: AbortSignal },
): Promise<DrillEnd> {
  const end: ToldEnd = { result, ...(why !== undefined && { why }), directory: directory.path };
  const advice = signal.aborted ? [] : await options.advice?.(end);
  tell(end, { json, advice: advice ?? [], next: options.next?.(end) ?? usualNext(drill, result) });
  const code = signal.aborted ? interrupted : why === undefined ? exitCodes[result.verdict] : exitCodes.UNKNOWN;
  return { code, ...end };
}

/** Real servers, or, where nobody asked for them and they cannot be had, Postgres alone and the log in this process. */
async function openFor(
  { tier }: DrillOptions,
  fault: DrillFault,
  { screen, signal }: Watched,
): Promise<{ services: Services; tier: DrillTier }> {
  // Whoever kills servers kills only his own.
  const own = fault.needsOwnServers === true;
  const open = (want: readonly ("postgres" | "kafka")[]): Promise<Services> =>
    openServices({ want, own, report: (line) => screen.say(line), signal });
  if (tier === "memory") return { services: await open(["postgres"]), tier };
  try {
    return { services: await open(["postgres", "kafka"]), tier: "real" };
  } catch (thrown) {
    const isForced = tier === "real" || (process.env["SERVICES"] ?? "") !== "" || !fault.tiers.includes("memory");
    const error = asWeirError(thrown);
    if (isForced || error.code !== "missing-tools") throw thrown;
    screen.say(
      `${error.message}\nWithout real Kafka this runs on the memory tier: what it shows, it shows there alone.`,
    );
    return { services: await open(["postgres"]), tier: "memory" };
  }
}

function numbersFor(drill: Drill, tier: DrillTier, options: DrillOptions): Readonly<Record<string, number>> {
  const defaults = Object.entries(drill.parameters).map(([name, row]) => [
    name,
    row.default ?? randomInt(Math.min(row.max, 2 ** 31 - 1)),
  ]);
  // A first look is what the memory tier is for: smaller, unless somebody says otherwise.
  const smaller = tier === "memory" ? drill.firstLook.parameters : {};
  return { ...Object.fromEntries(defaults), ...smaller, ...(options.numbers as Readonly<Record<string, number>>) };
}

function faultFaults(drill: Drill, given: string, tier: DrillTier | undefined): string[] {
  const names = drill.faults.map(({ name }) => name);
  const fault = drill.faults.find(({ name }) => name === given);
  if (fault === undefined) {
    return [`--fault: expected one of ${names.join(", ")}, given ${JSON.stringify(given)}${suggestion(given, names)}`];
  }
  if (tier === undefined || fault.tiers.includes(tier)) return [];
  const there = drill.faults.filter(({ tiers }) => tiers.includes(tier)).map(({ name }) => name);
  return [`--fault: ${given} needs real servers; on the ${tier} tier there are ${there.join(", ")}`];
}
