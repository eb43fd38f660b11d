import { randomUUID } from "node:crypto";
import { createMessage } from "@weir/core";
import type { Message } from "@weir/core";
import { identifier } from "@weir/postgres";
import type { Database, Queryable } from "@weir/postgres";
import { createInboxSink } from "../inbox-sink.ts";
import { createInbox } from "../inbox.ts";

export interface Entry {
  readonly key: string;
  readonly amount: number;
}

export const batchSize = 500;
const origin = { id: "entries/0", epoch: 1 };
let offset = 0;

export function messageOf(key: string): Message<Entry> {
  const data = { key, amount: 7 };
  return createMessage({ origin, offset: (offset += 1), key, data, raw: Buffer.from(JSON.stringify(data)) });
}

/** Half of them new, the other half repetitions of what `known` draws. */
export function halfKnown(known: () => string): Message<Entry>[] {
  return Array.from({ length: batchSize }, (_, i) => messageOf(i % 2 === 0 ? randomUUID() : known()));
}

/** The insert that one would write without any inbox. */
export async function insertEntries(
  place: Queryable,
  into: { readonly table: string; readonly onConflict?: string },
  messages: readonly Message<Entry>[],
): Promise<void> {
  const { table, onConflict = "" } = into;
  await place.query(
    `insert into ${table} (origin, origin_offset, key, amount) select * from unnest($1::text[], $2::bigint[], $3::text[], $4::bigint[]) ${onConflict}`,
    [
      messages.map((message) => message.origin.id),
      messages.map((message) => message.offset),
      messages.map(({ data }) => data.key),
      messages.map(({ data }) => data.amount),
    ],
  );
}

export const entriesTable = (name: string, key = "") => ({
  name: `measure/${name}`,
  sql: `create table ${identifier(name)} (origin text not null, origin_offset bigint not null, key text not null, amount bigint not null${key})`,
});

/** Writes batches through an inbox whose effect is the same insert. */
export function ledgerSink(database: Database, schema: string) {
  const inbox = createInbox({ database, schema, inbox: "ledger", retentionMs: "forever", topicRetentionMs: "forever" });
  const table = identifier(schema, "entries");
  const sink = createInboxSink<Entry>({
    name: "ledger",
    database,
    inbox,
    keyOf: ({ data }) => data.key,
    effect: (tx, messages) => insertEntries(tx, { table }, messages),
  });
  const { signal } = new AbortController();
  return async (messages: readonly Message<Entry>[]): Promise<void> => {
    await sink.write({ key: "", messages, trigger: "size" }, signal);
  };
}
