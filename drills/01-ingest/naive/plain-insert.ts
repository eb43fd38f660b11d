/**
 * The belief: "Kafka remembers how far I have come, so I get each record once. A plain insert will do; a unique key only
 * costs an index."
 *
 * Kafka remembers what was committed. What was written after the last commit is delivered again, and is written again.
 */
import { identifier } from "@weir/postgres";
import type { IngestSolution } from "../contract.ts";
import { positionsAfter, startLoop, type LoopTools } from "../right/hand-loop.ts";
import { prepareTables } from "../right/order-tables.ts";
import { insertLetters, insertOrders, sortRecords } from "../right/write-records.ts";

export const solution: IngestSolution = {
  prepare: (context) => prepareTables(context, tables(context.schema)),
  start: (context) => startLoop(context, consume),
};

const tables = (schema: string): string => `
create schema if not exists ${identifier(schema)};
create table ${identifier(schema, "orders")} (
  origin text not null, origin_offset bigint not null, arrival bigint generated always as identity,
  id text not null, account text not null, amount_cents bigint not null, fence bigint
);
create table ${identifier(schema, "dead_letters")} (
  origin text not null, origin_offset bigint not null, reason text not null, raw bytea
)`;

async function consume({ reader, database, context, stop, count }: LoopTools): Promise<void> {
  while (!stop.aborted) {
    const records = await reader.poll(500, stop);
    count.pulled += records.length;
    const { orders, letters } = sortRecords(records);
    await insertOrders(database, context, { orders, onConflict: "" });
    await insertLetters(database, context, { letters, onConflict: "" });
    await reader.commit(positionsAfter(records));
    count.settled += records.length;
  }
}
