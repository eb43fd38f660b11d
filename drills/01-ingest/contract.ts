import type { RunningWork, TopicAccess, WorkerReport, WorkerState } from "@weir/drill";

/** What one worker process is told. `openSource()` and `openReader()` are its two ways to the topic. */
export interface IngestContext extends TopicAccess {
  /** Names the worker in the consumer group. */
  readonly worker: string;
  readonly topic: string;
  readonly group: string;
  readonly databaseUrl: string;
  /** The Postgres schema that belongs to this run. */
  readonly schema: string;
}

/** What a worker holds at this moment, in messages. */
export type IngestState = WorkerState;

/** How a worker ended. */
export type IngestReport = WorkerReport;

export type RunningIngest = RunningWork;

/**
 * A solution of drill 1. It brings every valid record of the topic into the table `orders` of its schema, once, and
 * every other record into the table `dead_letters`, with its reason and its raw bytes.
 *
 * `orders` has the columns `origin` (text, `topic/partition`), `origin_offset` (bigint), `arrival` (bigint, generated always
 * as identity: given by the database, never by you), `id` (text), `account` (text), `amount_cents` (bigint) and `fence`
 * (bigint, or null: the number of the ownership under which the row was written).
 */
export interface IngestSolution {
  /** Called once per run, before any worker starts: makes the tables. */
  prepare(context: IngestContext): Promise<void>;
  /** Called in each worker process. Rejects if topic or Postgres cannot be reached within `connectDeadlineMs`. */
  start(context: IngestContext): Promise<RunningIngest>;
}
