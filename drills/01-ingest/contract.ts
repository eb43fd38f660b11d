export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What one worker process is told. */
export interface IngestContext {
  /** Names the worker in the consumer group: its Kafka client id. */
  readonly worker: string;
  readonly brokers: readonly string[];
  /** Where to connect for an address that a broker advertises. Absent: where it says. */
  readonly addressOf?: (advertised: Address) => Address;
  readonly topic: string;
  readonly group: string;
  readonly databaseUrl: string;
  /** The Postgres schema that belongs to this run. */
  readonly schema: string;
}

/** What a worker holds at this moment, in messages. */
export interface IngestState {
  readonly inFlight: number;
  readonly settled: number;
}

/** How a worker ended. */
export interface IngestReport extends IngestState {
  readonly pulled: number;
  readonly released: number;
  readonly uncertain: number;
  /** Why it ended by itself. */
  readonly error?: { readonly code: string; readonly sentence: string };
}

export interface RunningIngest {
  readonly finished: Promise<IngestReport>;
  /** Takes in nothing more, brings what is in flight to its end, and answers within the deadline. */
  drain(deadlineMs: number): Promise<IngestReport>;
  state(): IngestState;
}

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
  /** Called in each worker process. Rejects if Kafka or Postgres cannot be reached within `connectDeadlineMs`. */
  start(context: IngestContext): Promise<RunningIngest>;
}
