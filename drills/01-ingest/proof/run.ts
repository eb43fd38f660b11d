import path from "node:path";
import { createDatabase, identifier, waitForDatabase, type Database } from "@weir/postgres";
import { declare, describeEnvironment, HistoryWriter, judge, type Result, type RunDirectory } from "@weir/proof";
import type { ServerControl } from "@weir/services";
import { spec } from "../spec.ts";
import { claimsUnder } from "./claims.ts";
import { Crew } from "./crew.ts";
import { runExperiment, type ExperimentEnd } from "./experiment.ts";
import { emptyFacts, takeIn, type Evidence, type FaultName } from "./facts.ts";
import { openDetour } from "./faults/detour.ts";
import { JudgeTopic } from "./judge-topic.ts";
import { drillResult } from "./result.ts";
import type { Screen } from "./screen.ts";
import { ResultTable } from "./table.ts";

export interface RunOptions {
  readonly services: {
    readonly tier: string;
    readonly summary: string;
    readonly versions: Readonly<Record<string, string>>;
    readonly databaseUrl: string;
    readonly brokers: readonly string[];
    /** Absent: servers that are not ours to stop. */
    readonly postgres: ServerControl | undefined;
    readonly kafka: ServerControl | undefined;
  };
  readonly chosen: {
    readonly messages: number;
    readonly partitions: number;
    readonly workers: number;
    readonly seed: number;
    readonly fault: FaultName;
  };
  readonly directory: RunDirectory;
  /** Of the repository, for commit and dirty flag. */
  readonly root: string;
  readonly screen: Screen;
  readonly signal: AbortSignal;
}

export interface RunEnd {
  readonly result: Result;
  /** Why nothing was judged. */
  readonly why?: string;
}

/** One run on servers that are there: a schema and a topic of its own, the experiment, the judgement, everything removed. */
export async function runOn(options: RunOptions): Promise<RunEnd> {
  const { services, chosen, directory } = options;
  const startedAt = new Date();
  // Now and not afterwards: a commit made while it runs is not the one that ran.
  const environment = await describeEnvironment(options.root, services.versions);
  const startedMs = performance.now();
  const file = path.join(directory.path, "history.ndjson");
  const { seed, ...parameters } = chosen;
  const claims = claimsUnder(chosen.fault);
  const drill = { drill: "01-ingest", variant: "solution", seed, parameters };
  const history = new HistoryWriter(file, { ...drill, claims: declare(claims) });
  const end = await experimentOn(options, history);
  // A run that was cut off keeps a history without an end: whoever judges it again learns the same, that nothing is known.
  if (end.kind === "complete") await history.end();
  const judgement = await judge({ file, claims, facts: emptyFacts(), takeIn });
  const result = drillResult({
    tier: services.tier,
    services: services.summary,
    seed,
    parameters,
    environment,
    startedAt,
    wallMs: performance.now() - startedMs,
    judgement,
  });
  const why = reasonOf(end);
  return why === undefined ? { result } : { result, why };
}

async function experimentOn(options: RunOptions, history: HistoryWriter): Promise<ExperimentEnd> {
  const { services, chosen, directory, screen, signal } = options;
  const name = `weir_drill_01_${directory.id.replaceAll(/\W/g, "_").toLowerCase()}`;
  const { brokers, databaseUrl } = services;
  const context = { brokers, topic: name, group: name, databaseUrl, schema: name };
  const database = createDatabase({
    url: databaseUrl,
    applicationName: "judge",
    poolMax: 6,
    idleInTransactionTimeoutMs: 30_000,
  });
  const topic = new JudgeTopic(context);
  const record = (evidence: Evidence): void => history.append(evidence);
  const solution = new URL("../solution/ingest.ts", import.meta.url).href;
  const detour = chosen.fault === "split" ? await openDetour({ brokers, databaseUrl }) : undefined;
  const crew = new Crew({ context, detour, solution, record, say: (line) => screen.say(line) });
  try {
    await waitForDatabase(database, { deadlineMs: spec.connectDeadlineMs, signal });
    await topic.create(chosen.partitions);
    const recordDurably = (evidence: Evidence): Promise<void> => history.appendDurably(evidence);
    const table = new ResultTable(database, name);
    const hands = { crew, topic, table, screen, detour, postgres: services.postgres, kafka: services.kafka };
    return await runExperiment({ ...chosen, ...hands, signal, record, recordDurably });
  } finally {
    crew.killAll();
    await Promise.all([topic.close(), dropSchema(database, name), detour?.close()]);
  }
}

async function dropSchema(database: Database, schema: string): Promise<void> {
  try {
    await database.query(`drop schema if exists ${identifier(schema)} cascade`);
  } finally {
    await database.close();
  }
}

function reasonOf(end: ExperimentEnd): string | undefined {
  if (end.kind === "complete") return undefined;
  if (end.kind === "failed") return end.sentence;
  return `Interrupted. The workers have drained; ${end.left} published messages were not yet in the table, and nothing was judged.`;
}
