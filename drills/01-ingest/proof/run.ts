import path from "node:path";
import { asWeirError } from "@weir/core";
import {
  createWorkerLogins,
  Crew,
  KafkaTopic,
  MemoryTopic,
  type RunEnd,
  type RunRequest,
  type RunTopic,
  type TopicPlace,
  type WorkerLogins,
  type WorkerTask,
} from "@weir/drill";
import { createDatabase, identifier, waitForDatabase, type Database } from "@weir/postgres";
import { declare, describeEnvironment, HistoryWriter } from "@weir/proof";
import type { ServerControl } from "@weir/services";
import { spec } from "../spec.ts";
import { claimsUnder } from "./claims.ts";
import { runExperiment, type ExperimentEnd, type ExperimentOptions } from "./experiment.ts";
import type { Evidence, FaultName } from "./facts.ts";
import { openDetour, type Detour } from "./faults/detour.ts";
import { judgeHistory } from "./judge-history.ts";
import { Observer } from "./observer.ts";
import { drillResult } from "./result.ts";
import { ResultTable } from "./table.ts";
import { timesOn } from "./times.ts";

/** One run on servers that are there: a schema and a topic of its own, the experiment, the judgement, everything removed. */
export async function runIngest(request: RunRequest): Promise<RunEnd> {
  const { services, tier, variant, directory, numbers } = request;
  const startedAt = new Date();
  const versions = {
    Postgres: services.postgres?.version ?? "",
    ...(services.kafka && { Kafka: services.kafka.version }),
  };
  // Now and not afterwards: a commit made while it runs is not the one that ran.
  const environment = await describeEnvironment(request.root, versions);
  const startedMs = performance.now();
  const file = path.join(directory.path, "history.ndjson");
  const fault = request.fault as FaultName;
  const { messages = 0, partitions = 0, workers = 0, seed = 0 } = numbers;
  const parameters = { messages, partitions, workers, fault, tier };
  const claims = declare(claimsUnder(fault, tier));
  const history = new HistoryWriter(file, { drill: "01-ingest", variant: variant.name, seed, parameters, claims });
  const end = await experimentOn(request, history);
  // A run that was cut off keeps a history without an end: whoever judges it again learns the same, that nothing is known.
  await (end.kind === "complete" ? history.end() : history.breakOff());
  const result = drillResult({
    variant: variant.name,
    tier: tier === "memory" ? "memory" : services.tier,
    services: services.summary,
    seed,
    parameters,
    environment,
    startedAt,
    wallMs: performance.now() - startedMs,
    judgement: await judgeHistory(file),
  });
  const why = reasonOf(end);
  return why === undefined ? { result } : { result, why };
}

async function experimentOn(request: RunRequest, history: HistoryWriter): Promise<ExperimentEnd> {
  const { services, directory, numbers, signal } = request;
  const name = `weir_drill_01_${directory.id.replaceAll(/\W/g, "_").toLowerCase()}`;
  const databaseUrl = services.postgres?.url ?? "";
  const database = createDatabase({
    url: databaseUrl,
    applicationName: "judge",
    poolMax: 6,
    idleInTransactionTimeoutMs: 30_000,
  });
  const topic = openTopic(request, name);
  let logins: WorkerLogins | undefined;
  let detour: Detour | undefined;
  let crew: Crew | undefined;
  try {
    await waitForDatabase(database, { deadlineMs: spec.connectDeadlineMs, signal });
    logins = await createWorkerLogins({ database, databaseUrl, run: name });
    await topic.create(numbers["partitions"] ?? spec.partitions);
    const brokers = services.kafka?.brokers ?? [];
    detour = request.fault === "split" ? await openDetour({ brokers, databaseUrl }) : undefined;
    const observed: { by?: Observer } = {};
    crew = openCrew({ request, name, logins, detour, topic, history, observed });
    const table = new ResultTable(database, name, logins);
    const observer = new Observer({ topic, table, crew });
    observed.by = observer;
    return await runExperiment(experimentOptions({ request, history, crew, topic, table, observer, detour }));
  } finally {
    crew?.killAll();
    await Promise.all([topic.close(), detour?.close(), dropAll(database, name, logins)]);
  }
}

interface CrewParts extends TaskParts {
  readonly topic: RunTopic;
  readonly history: HistoryWriter;
  /** Who is told what is handed out: it looks at the crew, and so comes after it. */
  readonly observed: { by?: Observer };
}

function openCrew({ topic, history, observed, ...parts }: CrewParts): Crew {
  const { tier, say } = parts.request;
  const { drainDeadlineMs, deadlines } = timesOn(tier);
  return new Crew({
    taskOf: taskMaker(parts),
    deadlines,
    drainDeadlineMs,
    log: topic instanceof MemoryTopic ? topic : undefined,
    onProcess: (record) => history.append(record),
    onDelivered: (worker, runs) => {
      observed.by?.delivered(worker, runs);
      history.append({ kind: "delivered", worker, runs } as Evidence);
    },
    say,
  });
}

type Stage = Pick<ExperimentOptions, "crew" | "topic" | "table" | "observer" | "detour"> & {
  readonly request: RunRequest;
  readonly history: HistoryWriter;
};

function experimentOptions({ request, history, topic, ...stage }: Stage): ExperimentOptions {
  const { services, tier, numbers, signal, say, show } = request;
  const fault = request.fault as FaultName;
  const { messages = 0, workers = 0, seed = 0 } = numbers;
  const perSecond = tier === "memory" ? spec.memory.publishPerSecond : spec.publishPerSecond;
  return {
    ...stage,
    ...timesOn(tier),
    topic,
    fault,
    messages,
    workers,
    seed,
    signal,
    say,
    show,
    perSecond: fault === "storm" ? messages / spec.stormSeconds : perSecond,
    withhold: topic instanceof MemoryTopic ? (worker) => topic.withhold(worker) : undefined,
    postgres: controlOf(services.postgres),
    kafka: controlOf(services.kafka),
    record: (evidence) => history.append(evidence),
    recordDurably: (evidence) => history.appendDurably(evidence),
  };
}

function openTopic({ services, tier }: RunRequest, name: string): RunTopic {
  const names = { topic: name, group: name };
  if (tier === "memory") return new MemoryTopic({ ...names, ...spec.memory });
  if (services.kafka === undefined) throw asWeirError(new Error("real servers without Kafka"));
  return new KafkaTopic({ ...names, brokers: services.kafka.brokers, standstillMs: spec.standstillMs });
}

interface TaskParts {
  readonly request: RunRequest;
  readonly name: string;
  readonly logins: WorkerLogins;
  /** The way that worker-1 takes to its servers, if it is not the straight one. */
  readonly detour: Detour | undefined;
}

function taskMaker({
  request,
  name,
  logins,
  detour,
}: TaskParts): (type: WorkerTask["type"], worker: string) => Promise<WorkerTask> {
  const { module, tier, services } = request;
  const { sessionTimeoutMs } = timesOn(tier);
  const { commitIntervalMs, connectDeadlineMs } = spec;
  return async (type, worker) => {
    const through = worker === "worker-1" ? detour : undefined;
    const databaseUrl = await logins.urlOf(worker, through?.databaseUrl);
    const kafka = {
      brokers: through?.brokers ?? services.kafka?.brokers ?? [],
      ...(through && { routes: through.routes }),
    };
    const place: TopicPlace =
      tier === "memory"
        ? { kind: "memory" }
        : { kind: "kafka", ...kafka, sessionTimeoutMs, commitIntervalMs, connectDeadlineMs };
    return { type, module, context: { worker, databaseUrl, schema: name }, topic: { name, group: name, place } };
  };
}

/** Only servers that were started for this run can be killed. */
function controlOf(service: Partial<ServerControl> | undefined): ServerControl | undefined {
  return service?.restart === undefined ? undefined : (service as ServerControl);
}

async function dropAll(database: Database, schema: string, logins: WorkerLogins | undefined): Promise<void> {
  try {
    await database.query(`drop schema if exists ${identifier(schema)} cascade`);
    await logins?.drop();
  } finally {
    await database.close();
  }
}

function reasonOf(end: ExperimentEnd): string | undefined {
  if (end.kind === "complete") return undefined;
  if (end.kind === "failed") return end.sentence;
  return `Interrupted. The workers have drained; ${end.left} published messages were not yet in the table, and nothing was judged.`;
}
