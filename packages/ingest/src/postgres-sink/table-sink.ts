import { done } from "@weir/core";
import type { Batch, Fenced, Message, Origin, Outcome, Outcomes, Sink } from "@weir/core";
import { batchRows } from "./batch-rows.ts";
import { fencedBatch } from "./fenced-batch.ts";
import { RowWriter } from "./row-writer.ts";
import { checkSinkOptions } from "./sink-options.ts";
import type { PostgresSinkOptions } from "./sink-options.ts";
import { publishWritten } from "./written-event.ts";

export interface PostgresSink<T> extends Sink<T> {
  /** Since it was made. */
  counts(): {
    readonly inserted: number;
    readonly duplicates: number;
    readonly refused: number;
    /** Rows that were not written, because another owner had claimed their origin. */
    readonly fenced: number;
  };
}

/**
 * Writes each batch at once into a table whose primary key is the origin, so that a message written again
 * changes nothing: it is `done`, and counted as a duplicate. Rows get their arrival numbers in the order of the batch.
 *
 * With `ownership`, rows of an origin that carries a fence are written only while it is the highest: else they are `fenced`.
 *
 * `write` rejects with the typed errors of `@weir/postgres`; a row error means that none of the batch was written.
 * Throws `invalid-options` with all faults at once.
 */
export function createPostgresSink<T>(options: PostgresSinkOptions<T>): PostgresSink<T> {
  checkSinkOptions(options);
  const { columns, name = options.table } = options;
  const writer = new RowWriter({
    name,
    database: options.database,
    schema: options.schema ?? "public",
    table: options.table,
    columns,
    ownership: options.ownership,
    keepsPositions: options.keepsPositions ?? false,
    copyRowsMin: options.copyRowsMin ?? Infinity,
  });
  const counts = { inserted: 0, duplicates: 0, refused: 0, fenced: 0 };

  /** Counts only after the commit: a write that fails counts nothing. */
  async function write(messages: readonly Message<T>[], origins: readonly Origin[]): Promise<Written<T>> {
    const rows = batchRows(messages, columns);
    if (rows.count === 0) return { refused: rows.refused, fenced: nobody };
    const { count, fenced } = await writer.write({ messages, rows, origins });
    const ids = new Set([...fenced].map(({ id }) => id));
    const fencedRows = ids.size === 0 ? 0 : (rows.params[0] ?? []).filter((id) => ids.has(String(id))).length;
    const duplicates = rows.count - fencedRows - count;
    counts.inserted += count;
    counts.duplicates += duplicates;
    counts.fenced += fencedRows;
    publishWritten({ sink: name, inserted: count, duplicates });
    return { refused: rows.refused, fenced };
  }

  return {
    name,
    async write(batch: Batch<T>): Promise<Outcomes> {
      const { free, guarded, origins, outdated } = fencedBatch(batch.messages);
      const parts: Written<T>[] = [];
      if (free.length > 0) parts.push(await write(free, []));
      if (guarded.length > 0) parts.push(await write(guarded, origins));
      for (const { refused } of parts) counts.refused += refused.size;
      if (outdated.length === 0 && parts.every(isPlain)) return done();
      return outcomesOf(batch.messages, { parts, outdated: new Set(outdated) });
    },
    counts: () => ({ ...counts }),
  };
}

const nobody: ReadonlySet<Origin> = new Set();

/** What a statement did not write. */
interface Written<T> {
  readonly refused: ReadonlyMap<Message<T>, Outcome>;
  readonly fenced: ReadonlySet<Origin>;
}

function isPlain<T>({ refused, fenced }: Written<T>): boolean {
  return refused.size === 0 && fenced.size === 0;
}

function outcomesOf<T>(
  messages: readonly Message<T>[],
  { parts, outdated }: { readonly parts: readonly Written<T>[]; readonly outdated: ReadonlySet<Message<T>> },
): Outcomes {
  const outcomeOf = (message: Message<T>): Outcome | Fenced => {
    if (outdated.has(message) || parts.some(({ fenced }) => fenced.has(message.origin))) return { kind: "fenced" };
    return parts.map(({ refused }) => refused.get(message)).find((refusal) => refusal !== undefined) ?? done();
  };
  return new Map(messages.map((message) => [message as Message, outcomeOf(message)]));
}
