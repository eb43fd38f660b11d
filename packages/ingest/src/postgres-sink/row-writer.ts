import { WeirError, type Message, type Origin } from "@weir/core";
import { identifier, ownershipErrors } from "@weir/postgres";
import type { Database, FencedWrite, PostgresOwnership, Transaction } from "@weir/postgres";
import { batchRows } from "./batch-rows.ts";
import type { BatchRows } from "./batch-rows.ts";
import type { SinkColumn } from "./sink-column.ts";
import { insertStatement } from "./sink-statement.ts";

export interface RowWriterOptions<T> {
  readonly name: string;
  readonly database: Database;
  readonly schema: string;
  readonly table: string;
  readonly columns: readonly SinkColumn<T>[];
  readonly ownership: PostgresOwnership | undefined;
  readonly keepsPositions: boolean;
  readonly copyRowsMin: number;
}

/** Some messages and their rows; `origins` are those whose fences guard them, or none. */
export interface Guarded<T> {
  readonly messages: readonly Message<T>[];
  readonly rows: BatchRows<T>;
  readonly origins: readonly Origin[];
}

const nobody: ReadonlySet<Origin> = new Set();

/**
 * Brings rows into the table: as one statement, or by COPY where they are many. COPY cannot skip rows that are there
 * already, so it is tried first, and the statement does it over where one was.
 */
export class RowWriter<T> {
  readonly #options: RowWriterOptions<T>;
  readonly #statement: string;
  readonly #fencedStatement: string;
  readonly #target: { readonly table: string; readonly columns: readonly string[] };

  constructor(options: RowWriterOptions<T>) {
    const { table, columns, schema } = options;
    this.#options = options;
    this.#statement = insertStatement({ table, columns, schema, isFenced: false });
    this.#fencedStatement = insertStatement({ table, columns, schema, isFenced: true });
    const names = ["origin", "origin_offset", ...columns.map(({ name }) => name)];
    this.#target = { table: identifier(schema, table), columns: names };
  }

  async write(part: Guarded<T>): Promise<FencedWrite> {
    const [guard] = part.origins;
    if (guard !== undefined) this.#ownershipFor(guard);
    if (part.rows.count >= this.#options.copyRowsMin) {
      try {
        return await this.#copy(part);
      } catch (thrown) {
        if (!(thrown instanceof WeirError && thrown.code === "unique-violation")) throw thrown;
      }
    }
    return this.#insert(part);
  }

  async #copy(part: Guarded<T>): Promise<FencedWrite> {
    const { database } = this.#options;
    if (part.origins.length > 0) return this.#inTransaction(part, (tx, rows) => tx.copyIn(this.#target, rows.params));
    return { count: await database.copyIn(this.#target, part.rows.params), fenced: nobody };
  }

  async #insert(part: Guarded<T>): Promise<FencedWrite> {
    const { database, keepsPositions } = this.#options;
    const { rows, origins } = part;
    const [guard] = origins;
    if (guard === undefined)
      return { count: (await database.query(this.#statement, rows.params)).count, fenced: nobody };
    if (!keepsPositions) {
      const statement = { sql: this.#fencedStatement, params: rows.params };
      return this.#ownershipFor(guard).insert(database, statement, origins);
    }
    return this.#inTransaction(part, async (tx, left) => (await tx.query(this.#statement, left.params)).count);
  }

  /** First the fences, and with them the positions; then the rows of what is still ours and not decided. */
  #inTransaction(
    { messages, rows, origins }: Guarded<T>,
    put: (tx: Transaction, rows: BatchRows<T>) => Promise<number>,
  ): Promise<FencedWrite> {
    const { database, columns } = this.#options;
    const mine = rows.refused.size === 0 ? messages : messages.filter((message) => !rows.refused.has(message));
    return database.transaction(async (tx) => {
      const { left, fenced } = await this.#hold(tx, mine, origins);
      const rowsLeft = left.length === mine.length ? rows : batchRows(left, columns);
      return { count: rowsLeft.count === 0 ? 0 : await put(tx, rowsLeft), fenced };
    });
  }

  async #hold(tx: Transaction, mine: readonly Message<T>[], origins: readonly Origin[]) {
    const ownership = this.#ownershipFor(origins[0] as Origin);
    if (this.#options.keepsPositions) {
      const { undecided, fenced } = await ownership.checkpoint(tx, mine);
      return { left: undecided, fenced };
    }
    const fenced = await ownership.hold(tx, origins);
    return { left: fenced.size === 0 ? mine : mine.filter(({ origin }) => !fenced.has(origin)), fenced };
  }

  #ownershipFor(origin: Origin): PostgresOwnership {
    const { ownership, name } = this.#options;
    if (ownership === undefined) throw ownershipErrors.unguarded(`sink ${name}`, origin.id);
    return ownership;
  }
}
