import type { RunningWork, TopicAccess, WorkerReport, WorkerState } from "@weir/drill";

/** What one worker process is told. */
export interface IngestContext extends TopicAccess {
  /** Names the worker in the consumer group: `worker-1`. */
  readonly worker: string;
  readonly topic: string;
  readonly group: string;
  readonly databaseUrl: string;
  /** The Postgres schema that belongs to this run. It is not there yet when `prepare` is called. */
  readonly schema: string;
}

/** What a worker holds at this moment, in messages: given to it and not yet settled, and settled so far. Drawn, not judged. */
export type IngestState = WorkerState;

/** How a worker ended: `pulled` = `settled` + `released` (comes again, to somebody else) + `uncertain`. */
export type IngestReport = WorkerReport;

/**
 * A worker at work. `drain(deadlineMs)` asks it to end: it reads nothing more, writes and commits what it holds, closes what
 * it has opened, and answers within the deadline; whoever does not is killed. `finished` resolves with the same report,
 * and rejects if the worker cannot go on. A worker that ends without having been asked has failed.
 */
export type RunningIngest = RunningWork;

/**
 * A solution of drill 1: several processes that together bring each record of a topic into Postgres, once, while they are
 * killed, stopped, cut off and joined by others.
 *
 * **In.** Records from `openReader()` (by hand) or `openSource()` (for a pipeline), with `partition`, `offset`, `key` and
 * `value`. A good value is JSON in UTF-8, of this shape; other fields are of no interest:
 *
 *     {"v":1,"id":"42-17","account":"account-905","amountCents":254901,"note":"…"}
 *
 * **Out.** Two tables in `schema`, which `prepare` makes. In both, `origin` is the text `topic/partition` (`orders/3`), and
 * `origin_offset` (bigint) the record's offset.
 *
 * - `orders`, a row for each good record: `origin`, `origin_offset`, `id` (text), `account` (text), `amount_cents` (bigint),
 *   `arrival` (bigint generated always as identity: given by the database, never by you), and `fence` (bigint, or null: the
 *   number of the ownership under which the row was written, where you keep one).
 * - `dead_letters`, a row for each other record: `origin`, `origin_offset`, `raw` (bytea: the value as it came, null for
 *   none) and `reason` (text), one of
 *   `null-value` (no value), `oversized` (more than `recordBytesMax` bytes, whatever they say), `malformed-json`,
 *   `unknown-version` (`v` is not 1) and `malformed-order` (a field is missing, or no such thing).
 *
 * Keys, indexes and columns of your own are welcome; such a column needs a default, because the judge puts a row of its own
 * into `orders` for a moment, and takes it back.
 *
 * **Judged** is what the judge sees itself: both tables, the topic, committed positions, members of the group, connections,
 * and what the topic has handed to each worker. `README.md` has the claims by number, `spec.ts` the bounds.
 * What `state` and the reports tell is drawn, and not believed.
 */
export interface IngestSolution {
  /** Called once per run, in a process of its own, before any worker starts: makes schema and tables. It is given no records. */
  prepare(context: IngestContext): Promise<void>;
  /**
   * Called in each worker process. Answers once the worker runs; the work goes on behind the answer. Rejects if topic or
   * Postgres cannot be reached within `connectDeadlineMs`.
   */
  start(context: IngestContext): Promise<RunningIngest>;
}
