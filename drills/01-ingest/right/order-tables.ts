import { createDatabase, identifier, waitForDatabase, type Database } from "@weir/postgres";
import type { IngestContext } from "../contract.ts";
import { spec } from "../spec.ts";

/** Both tables, with the record's origin as their key: what is written a second time meets its own row. */
export const keyedTables = (schema: string): string => `
create schema if not exists ${identifier(schema)};
create table ${identifier(schema, "orders")} (
  origin text not null,
  origin_offset bigint not null,
  arrival bigint generated always as identity,
  id text not null,
  account text not null,
  amount_cents bigint not null,
  fence bigint,
  primary key (origin, origin_offset)
);
create table ${identifier(schema, "dead_letters")} (
  origin text not null,
  origin_offset bigint not null,
  reason text not null,
  raw bytea,
  primary key (origin, origin_offset)
)`;

export async function prepareTables(context: IngestContext, sql = keyedTables(context.schema)): Promise<void> {
  const database = await openDatabase(context);
  try {
    await database.query(sql);
  } finally {
    await database.close();
  }
}

/** One connection: a loop writes one batch at a time, or two. */
export async function openDatabase({ databaseUrl, worker }: IngestContext, poolMax = 1): Promise<Database> {
  const database = createDatabase({ url: databaseUrl, applicationName: worker, poolMax });
  await waitForDatabase(database, { deadlineMs: spec.connectDeadlineMs });
  return database;
}
