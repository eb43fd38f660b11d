import { dead, WeirError } from "@weir/core";
import type { Dead, Message } from "@weir/core";
import type { SqlScalar } from "@weir/postgres";
import type { SinkColumn } from "./sink-column.ts";

export interface BatchRows<T> {
  /** How many messages became rows. */
  readonly count: number;
  /** One array per parameter of the statement: origins, offsets, then the columns in their order. */
  readonly params: readonly (readonly SqlScalar[])[];
  /** Messages of which a column could not be made. */
  readonly refused: ReadonlyMap<Message<T>, Dead>;
}

/** Turns a batch into one array per column, in one pass; the rows stand in the order of the batch. */
export function batchRows<T>(messages: readonly Message<T>[], columns: readonly SinkColumn<T>[]): BatchRows<T> {
  const origins: string[] = [];
  const offsets: number[] = [];
  const values: SqlScalar[][] = columns.map(() => []);
  const refused = new Map<Message<T>, Dead>();
  let count = 0;
  for (const message of messages) {
    const fault = putValues(message, { columns, values, place: count });
    if (fault !== undefined) {
      refused.set(message, fault);
      continue;
    }
    origins[count] = message.origin.id;
    offsets[count] = message.offset;
    count += 1;
  }
  // The last message may have been refused after some of its values were put.
  for (const column of values) column.length = count;
  return { count, params: [origins, offsets, ...values], refused };
}

interface Target<T> {
  readonly columns: readonly SinkColumn<T>[];
  readonly values: readonly SqlScalar[][];
  readonly place: number;
}

/** Written by place and not pushed: what a refused message has put already is overwritten by the next. */
function putValues<T>(message: Message<T>, { columns, values, place }: Target<T>): Dead | undefined {
  for (let index = 0; index < columns.length; index += 1) {
    const column = columns[index] as SinkColumn<T>;
    try {
      (values[index] as SqlScalar[])[place] = column.value(message);
    } catch (thrown) {
      return refusal(column.name, thrown);
    }
  }
  return undefined;
}

function refusal(column: string, thrown: unknown): Dead {
  if (thrown instanceof WeirError) {
    if (thrown.kind !== "row") throw thrown;
    return dead(thrown.code, `column ${column}: ${thrown.message}`);
  }
  return dead("column-value-failed", `column ${column}: ${String(thrown)}`);
}
