import type { TopicRecord } from "@weir/drill";
import { identifier, type Database } from "@weir/postgres";
import type { IngestContext } from "../contract.ts";
import { readOrder, type Order } from "./read-order.ts";

interface Sorted {
  readonly orders: { readonly record: TopicRecord; readonly order: Order }[];
  readonly letters: { readonly record: TopicRecord; readonly reason: string }[];
}

/** What is an order, and what has to be set aside. */
export function sortRecords(records: readonly TopicRecord[]): Sorted {
  const sorted: Sorted = { orders: [], letters: [] };
  for (const record of records) {
    const { order, reason } = readOrder(record);
    if (order === undefined) sorted.letters.push({ record, reason });
    else sorted.orders.push({ record, order });
  }
  return sorted;
}

const onceOnly = "on conflict (origin, origin_offset) do nothing";

/** Every record of the batch is durable when this resolves: as an order, or as a dead letter. What is there already stays. */
export async function writeRecords(
  database: Database,
  context: IngestContext,
  { orders, letters }: Sorted,
): Promise<void> {
  await insertOrders(database, context, { orders, onConflict: onceOnly });
  await insertLetters(database, context, { letters, onConflict: onceOnly });
}

/** In the order of the batch: `order by place` stands below the default of the identity column. */
export async function insertOrders(
  database: Database,
  context: IngestContext,
  { orders, onConflict }: { readonly orders: Sorted["orders"]; readonly onConflict: string },
): Promise<void> {
  if (orders.length === 0) return;
  const sql = `insert into ${identifier(context.schema, "orders")} (origin, origin_offset, id, account, amount_cents)
    select o, n, id, account, cents
      from unnest($1::text[], $2::bigint[], $3::text[], $4::text[], $5::bigint[])
        with ordinality as batch (o, n, id, account, cents, place) order by place ${onConflict}`;
  await database.query(sql, [
    orders.map(({ record }) => originOf(context, record)),
    orders.map(({ record }) => record.offset),
    orders.map(({ order }) => order.id),
    orders.map(({ order }) => order.account),
    orders.map(({ order }) => order.amountCents),
  ]);
}

export async function insertLetters(
  database: Database,
  context: IngestContext,
  { letters, onConflict }: { readonly letters: Sorted["letters"]; readonly onConflict: string },
): Promise<void> {
  if (letters.length === 0) return;
  const sql = `insert into ${identifier(context.schema, "dead_letters")} (origin, origin_offset, reason, raw)
    select * from unnest($1::text[], $2::bigint[], $3::text[], $4::bytea[]) ${onConflict}`;
  await database.query(sql, [
    letters.map(({ record }) => originOf(context, record)),
    letters.map(({ record }) => record.offset),
    letters.map(({ reason }) => reason),
    letters.map(({ record }) => record.value),
  ]);
}

function originOf({ topic }: IngestContext, { partition }: TopicRecord): string {
  return `${topic}/${partition}`;
}
