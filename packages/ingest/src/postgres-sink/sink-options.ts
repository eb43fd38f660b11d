import { checkNumbers, refuseFaults } from "@weir/core/options";
import type { NumberOptions } from "@weir/core/options";
import { nameFaults } from "@weir/postgres";
import type { Database, PostgresOwnership } from "@weir/postgres";
import { isColumnType, ownColumns } from "./sink-column.ts";
import type { SinkColumn } from "./sink-column.ts";

export interface SinkTableOptions<T> {
  readonly table: string;
  /** At least one; their order is their order in the table. */
  readonly columns: readonly SinkColumn<T>[];
}

export interface PostgresSinkOptions<T> extends SinkTableOptions<T> {
  /** Stays open when the sink closes: it belongs to the caller. */
  readonly database: Database;
  /** Default `public`. */
  readonly schema?: string;
  /** How the sink is called in events. Default: the table's name. */
  readonly name?: string;
  /** What a row does whose origin is there already. There is one answer: nothing, it counts as a duplicate. */
  readonly onConflict?: "ignore";
  /** The source's: rows of an origin that somebody else has claimed since are not written, but answered `fenced`. */
  readonly ownership?: PostgresOwnership;
  /** Store positions with the rows: sources that claim their origins start there, whatever became of their commits. */
  readonly keepsPositions?: boolean;
  /** Batches of at least so many rows go by COPY. Default: none. */
  readonly copyRowsMin?: number;
}

const sinkNumbers = {
  copyRowsMin: {
    meaning: "batches of at least so many rows go by COPY",
    unit: "rows",
    min: 1,
    max: 1_000_000,
    default: undefined,
    tooLow: "small batches pay for a transaction of four steps",
    tooHigh: "large batches take the slower way",
  },
} as const satisfies NumberOptions;

/** What the options of a sink have beside those of its table, as nobody has checked them yet. */
interface Loose {
  readonly schema?: string;
  readonly onConflict?: unknown;
  readonly ownership?: { readonly insert?: unknown };
  readonly keepsPositions?: unknown;
}

/** Throws `invalid-options` with all faults at once. */
export function checkSinkOptions<T>(options: SinkTableOptions<T> & Loose): void {
  const known = ["database", "schema", "table", "columns", "name", "onConflict", "ownership", "keepsPositions"];
  const faults = checkNumbers(sinkNumbers, options, { others: known });
  faults.push(...nameFaults("table", options.table), ...nameFaults("schema", options.schema ?? "public"));
  if (options.onConflict !== undefined && options.onConflict !== "ignore") {
    faults.push(`onConflict: expected "ignore", given ${JSON.stringify(options.onConflict)}`);
  }
  if (options.ownership !== undefined && typeof options.ownership.insert !== "function") {
    faults.push("ownership: expected one that createOwnership made");
  }
  if (options.keepsPositions !== undefined && typeof options.keepsPositions !== "boolean") {
    faults.push(`keepsPositions: expected true or false, given ${JSON.stringify(options.keepsPositions)}`);
  } else if (options.keepsPositions === true && options.ownership === undefined) {
    faults.push("keepsPositions: positions stand in the owners' rows; add the source's `ownership`");
  }
  if (!Array.isArray(options.columns) || options.columns.length === 0) {
    faults.push("columns: expected at least one { name, type, value }");
  } else {
    const names = options.columns.map((column) => column.name);
    faults.push(
      ...options.columns.flatMap((column, place) => columnFaults(column, names.indexOf(column.name) < place)),
    );
  }
  refuseFaults(faults);
}

function columnFaults<T>(column: SinkColumn<T>, isRepeated: boolean): string[] {
  const name = `columns.${column.name}`;
  const faults = nameFaults(name, column.name);
  if (isRepeated) faults.push(`${name}: there are two of this name`);
  if (ownColumns.includes(column.name)) faults.push(`${name}: the sink fills ${ownColumns.join(", ")} itself`);
  if (typeof column.value !== "function") faults.push(`${name}.value: expected a function of the message`);
  if (!isColumnType(column.type)) {
    faults.push(
      `${name}.type: expected a type such as text, bigint or numeric(10, 2), without [] or constraints, ` +
        `given ${JSON.stringify(column.type)}`,
    );
  }
  return faults;
}
