import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { openEmbedded } from "./embedded.ts";
import { withLock } from "./folder-lock.ts";
import { probeKafka, probePostgres } from "./probe.ts";
import { isRunning, signalProcess } from "./process-identity.ts";
import {
  endRecorded,
  isHere,
  type Reach,
  readRecord,
  residentName,
  type RunRecord,
  runsFolder,
  sweepRuns,
} from "./run-record.ts";
import { servicesErrors } from "./services-errors.ts";
import { stateFolder } from "./state-folder.ts";

const LOCK_WAIT_MS = 180_000;
const DOWN_DEADLINE_MS = 15_000;
const POLL_MS = 50;

/** The set that `services up` keeps. */
export interface Resident extends Reach {
  /** Did this very call start it? */
  readonly started: boolean;
}

export interface ServicesStatus {
  /** Undefined where nothing is kept. */
  readonly running?: Reach;
  /** Per service: undefined if it answers, else why not. */
  readonly faults: { readonly postgres?: string; readonly kafka?: string };
}

export interface ResidentOptions {
  readonly environment?: NodeJS.ProcessEnv;
  readonly report?: (line: string) => void;
  readonly signal?: AbortSignal;
}

const folderOf = (environment: NodeJS.ProcessEnv): string => join(runsFolder(stateFolder(environment)), residentName);

/** The kept set's record, while its keeper runs and it has become ready. */
function residentRecord(environment: NodeJS.ProcessEnv): (RunRecord & { readonly reach: Reach }) | undefined {
  const record = readRecord(folderOf(environment));
  if (record?.reach === undefined || !isHere(record) || !isRunning(record.keeper)) return undefined;
  return { ...record, reach: record.reach };
}

/** How to reach the kept set; undefined if there is none that answers. */
export async function residentReach(environment: NodeJS.ProcessEnv): Promise<Reach | undefined> {
  const { running, faults } = await servicesStatus({ environment });
  return faults.postgres === undefined && faults.kafka === undefined ? running : undefined;
}

/** Starts Postgres and Kafka and leaves them running, empty; if they run already, that is the answer. */
export function servicesUp(options: ResidentOptions = {}): Promise<Resident> {
  const { environment = process.env, report = () => undefined, signal } = options;
  return withLock(`${folderOf(environment)}.lock`, { waitMs: LOCK_WAIT_MS, signal }, async () => {
    sweepRuns(stateFolder(environment));
    const record = residentRecord(environment);
    if (record !== undefined) return { ...record.reach, started: false };
    const set = { want: ["postgres", "kafka"] as const, environment, report, signal, name: residentName };
    const { keeper, postgres, kafka } = await openEmbedded(set);
    if (postgres === undefined || kafka === undefined) throw servicesErrors.startFailed("a server is missing");
    const reach: Reach = {
      startedAt: new Date().toISOString(),
      postgres: { url: postgres.url, version: postgres.version },
      kafka: { brokers: kafka.brokers, version: kafka.version },
    };
    await keeper.stay(reach);
    return { ...reach, started: true };
  });
}

/** Ends exactly what `servicesUp` started, data included. False if nothing was there. */
export async function servicesDown({ environment = process.env }: ResidentOptions = {}): Promise<boolean> {
  const record = residentRecord(environment);
  const swept = sweepRuns(stateFolder(environment));
  if (record === undefined) return swept > 0;
  signalProcess(record.keeper, "SIGTERM");
  const deadline = Date.now() + DOWN_DEADLINE_MS;
  while (isRunning(record.keeper) && Date.now() < deadline) await delay(POLL_MS);
  if (signalProcess(record.keeper, "SIGKILL")) endRecorded(record);
  return true;
}

/** What runs, and whether it answers. */
export async function servicesStatus({ environment = process.env }: ResidentOptions = {}): Promise<ServicesStatus> {
  const reach = residentRecord(environment)?.reach;
  if (reach === undefined) return { faults: {} };
  const [postgres, kafka] = await Promise.all([
    faultOf(probePostgres(reach.postgres.url)),
    faultOf(probeKafka(reach.kafka.brokers)),
  ]);
  const faults = { ...(postgres === undefined ? {} : { postgres }), ...(kafka === undefined ? {} : { kafka }) };
  return { running: reach, faults };
}

async function faultOf(probe: Promise<unknown>): Promise<string | undefined> {
  try {
    await probe;
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause);
  }
}
