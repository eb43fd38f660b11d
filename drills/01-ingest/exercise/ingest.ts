/**
 * Your turn. `contract.ts`, one folder up, says what goes in, what must come out, and what is judged.
 *
 * Given: the two tables, with the columns that the judge reads. Missing: all that happens between the topic and the tables,
 * and one thing in the tables themselves.
 */
import { createDatabase, identifier, waitForDatabase } from "@weir/postgres";
import type { IngestContext, IngestSolution, RunningIngest } from "../contract.ts";
import { spec } from "../spec.ts";

export const solution: IngestSolution = {
  /** Runs once, in a process of its own, before any worker starts. */
  async prepare({ databaseUrl, schema, worker }: IngestContext): Promise<void> {
    const database = createDatabase({ url: databaseUrl, applicationName: worker, poolMax: 1 });
    try {
      await waitForDatabase(database, { deadlineMs: spec.connectDeadlineMs });
      await database.query(tables(schema));
    } finally {
      await database.close();
    }
  },

  /**
   * Runs in each worker process. Still missing:
   *
   *  1. Records out of the topic: `context.openReader()` gives them by hand, `context.openSource()` to a pipeline.
   *  2. Of each record: an order, or the reason why it is none.
   *  3. Rows in `orders` and `dead_letters`. A record may come more than once, also to another worker.
   *  4. The position from which another worker would go on, told to the topic at the right moment.
   *  5. An answer with `state`, `drain` and `finished`: a worker is asked to stop, and what it holds must not be lost by that.
   */
  start(_context: IngestContext): Promise<RunningIngest> {
    return Promise.reject(new Error("start() is still to be written: no record is read yet"));
  },
};

/** `arrival` stays as it is: the judge reads from it in which order the rows came. Keys and further columns are yours. */
const tables = (schema: string): string => `
create schema if not exists ${identifier(schema)};
create table ${identifier(schema, "orders")} (
  origin text not null,
  origin_offset bigint not null,
  arrival bigint generated always as identity,
  id text not null,
  account text not null,
  amount_cents bigint not null,
  fence bigint
);
create table ${identifier(schema, "dead_letters")} (
  origin text not null,
  origin_offset bigint not null,
  reason text not null,
  raw bytea
)`;
