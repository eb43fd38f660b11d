import { createPipeline, type Pipeline, type PipelineReport } from "@weir/core";
import { createDeadLetters, deadLetterMigrations } from "@weir/dead-letter";
import { createPostgresSink, postgresSinkTable, type SinkColumn } from "@weir/ingest/postgres-sink";
import { createDatabase, createOwnership, migrate, ownershipMigrations, waitForDatabase } from "@weir/postgres";
import type { Database } from "@weir/postgres";
import type { IngestContext, IngestReport, IngestSolution, RunningIngest } from "../contract.ts";
import { spec } from "../spec.ts";
import { parseOrder, type Order } from "./parse-order.ts";

const table = "orders";
const columns: readonly SinkColumn<Order>[] = [
  { name: "id", type: "text", value: ({ data }) => data.id },
  { name: "account", type: "text", value: ({ data }) => data.account },
  { name: "amount_cents", type: "bigint", value: ({ data }) => data.amountCents },
  { name: "fence", type: "bigint", value: ({ origin }) => origin.fence ?? null },
];

export const solution: IngestSolution = {
  async prepare(context) {
    const database = openDatabase(context);
    try {
      await waitForDatabase(database, { deadlineMs: spec.connectDeadlineMs });
      const migrations = [postgresSinkTable({ table, columns }), ...deadLetterMigrations, ...ownershipMigrations];
      await migrate(database, { schema: context.schema, migrations });
    } finally {
      await database.close();
    }
  },

  async start(context) {
    const database = openDatabase(context);
    try {
      await waitForDatabase(database, { deadlineMs: spec.connectDeadlineMs });
      const pipeline = createIngest(context, database);
      await pipeline.start();
      return asRunning(pipeline, database);
    } catch (error) {
      await database.close();
      throw error;
    }
  },
};

function openDatabase({ databaseUrl, worker }: IngestContext): Database {
  return createDatabase({ url: databaseUrl, applicationName: worker, poolMax: spec.connectionsMax });
}

function createIngest(context: IngestContext, database: Database): Pipeline {
  const { schema, group } = context;
  // Who may write for a partition. The source claims it; sink and dead letters write only under that claim.
  const outcomes = [{ table }, { table: "dead_letters", pipeline: group }];
  const ownership = createOwnership({ database, schema, pipeline: group, outcomes });
  return createPipeline({
    name: context.worker,
    source: context.openSource({ ownership }),
    process: { handle: ({ data }) => parseOrder(data), concurrency: 2, maxDemand: 250 },
    sink: createPostgresSink({ database, schema, table, columns, ownership }),
    batch: { size: 500, ageMs: 50, concurrency: 2, capacity: 2_000 },
    deadLetters: createDeadLetters({ database, schema, pipeline: group, ownership }),
    windowMax: spec.inFlightPerPartitionMax,
    drainDeadlineMs: spec.drainDeadlineMs,
  });
}

function asRunning(pipeline: Pipeline, database: Database): RunningIngest {
  const finished = pipeline.finished.then(async (report) => {
    await database.close();
    return reportOf(report);
  });
  return {
    finished,
    drain: async (deadlineMs) => {
      await pipeline.drain({ deadlineMs });
      return finished;
    },
    state: () => {
      const { inFlight, settled } = pipeline.describe();
      return { inFlight, settled: settled.done + settled.dead + settled.dropped };
    },
  };
}

function reportOf({ pulled, settled, released, uncertain, error }: PipelineReport): IngestReport {
  const counts = { inFlight: 0, pulled, settled, released, uncertain };
  return error === undefined ? counts : { ...counts, error: { code: error.code, sentence: error.message } };
}
