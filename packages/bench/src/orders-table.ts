import { identifier, migrate } from "@weir/postgres";
import type { Database } from "@weir/postgres";
import { createPostgresSink, postgresSinkTable } from "@weir/ingest/postgres-sink";
import type { SinkColumn } from "@weir/ingest/postgres-sink";
import { createMessage, done } from "@weir/core";
import { benchErrors } from "./bench-errors.ts";

export interface Order {
  readonly customer: string;
  readonly totalCents: number;
  readonly note: string;
}

export const orderTable = { schema: "bench", table: "orders" } as const;

export const orderColumns: readonly SinkColumn<Order>[] = [
  { name: "customer", type: "text", value: ({ data }) => data.customer },
  { name: "total_cents", type: "bigint", value: ({ data }) => data.totalCents },
  { name: "note", type: "text", value: ({ data }) => data.note },
];

export async function makeOrderTable(database: Database): Promise<void> {
  const { schema, table } = orderTable;
  await migrate(database, { schema, migrations: [postgresSinkTable({ table, columns: orderColumns })] });
}

/** Empty, and with the dirty pages of the round before written out: they would slow down the next. */
export async function clearOrders(database: Database): Promise<void> {
  await database.query(`truncate ${identifier(orderTable.schema, orderTable.table)}`);
  await database.query("checkpoint");
}

export async function countOrders(database: Database): Promise<number> {
  const table = identifier(orderTable.schema, orderTable.table);
  const { rows } = await database.query<{ count: string }>(`select count(*) as count from ${table}`);
  return Number(rows[0]?.count);
}

/** The statement that our sink sends, caught on its way: so the hand-written loop can't but send the same. */
export async function sinkStatement(): Promise<string> {
  let statement: string | undefined;
  const listener: Partial<Database> = {
    query: async (sql) => {
      statement = sql;
      return { rows: [], count: 0 };
    },
  };
  const sink = createPostgresSink({ ...orderTable, database: listener as Database, columns: orderColumns });
  const data: Order = { customer: "", totalCents: 0, note: "" };
  const origin = { id: "none/0", epoch: 1 };
  const message = createMessage({ origin, offset: 0, key: null, data, raw: null });
  const batch = { key: "", trigger: "drain", messages: [message] } as const;
  const outcome = await sink.write(batch, new AbortController().signal);
  if (statement === undefined || outcome !== done()) throw benchErrors.wrongWork("the sink sent no statement");
  return statement;
}
