import { done } from "@weir/core";
import type { Batch, Message, Outcome, Outcomes, Sink } from "@weir/core";
import type { Queryable } from "@weir/postgres";
import { batchRows } from "./batch-rows.ts";
import type { BatchRows } from "./batch-rows.ts";
import { checkSinkOptions } from "./sink-options.ts";
import type { PostgresSinkOptions } from "./sink-options.ts";
import { insertStatement } from "./sink-statement.ts";
import { publishWritten } from "./written-event.ts";

export { postgresSinkTable } from "./sink-statement.ts";
export { onSinkWritten } from "./written-event.ts";
export type { SinkWritten } from "./written-event.ts";
export type { SinkColumn } from "./sink-column.ts";
export type { PostgresSinkOptions, SinkTableOptions } from "./sink-options.ts";

export interface PostgresSink<T> extends Sink<T> {
  /** Since it was made. */
  counts(): { readonly inserted: number; readonly duplicates: number; readonly refused: number };
}

/**
 * Writes each batch as one statement into a table whose primary key is the origin, so that a message written again
 * changes nothing: it is `done`, and counted as a duplicate. Rows get their arrival numbers in the order of the batch.
 *
 * `write` rejects with the typed errors of `@weir/postgres`; a row error means that none of the batch was written.
 * Throws `invalid-options` with all faults at once.
 */
export function createPostgresSink<T>(options: PostgresSinkOptions<T>): PostgresSink<T> {
  checkSinkOptions(options);
  const { database, columns, table, schema = "public", name = table } = options;
  const statement = insertStatement({ table, columns, schema });
  const counts = { inserted: 0, duplicates: 0, refused: 0 };

  /** Takes a database as well as a transaction: what else must be durable with these rows can share one with them. */
  async function insert(place: Queryable, rows: BatchRows<T>): Promise<number> {
    return (await place.query(statement, rows.params)).count;
  }

  /** Only after the commit: a write that fails counts nothing. */
  function count(inserted: number, duplicates: number): void {
    counts.inserted += inserted;
    counts.duplicates += duplicates;
    publishWritten({ sink: name, inserted, duplicates });
  }

  return {
    name,
    async write(batch: Batch<T>): Promise<Outcomes> {
      const rows = batchRows(batch.messages, columns);
      if (rows.count > 0) {
        const inserted = await insert(database, rows);
        count(inserted, rows.count - inserted);
      }
      counts.refused += rows.refused.size;
      return rows.refused.size === 0 ? done() : outcomesOf(batch.messages, rows.refused);
    },
    counts: () => ({ ...counts }),
  };
}

function outcomesOf<T>(messages: readonly Message<T>[], refused: ReadonlyMap<Message<T>, Outcome>): Outcomes {
  return new Map(messages.map((message) => [message as Message, refused.get(message) ?? done()]));
}
