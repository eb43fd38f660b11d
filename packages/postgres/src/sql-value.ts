import type { ColumnValues, CopyTarget } from "./copy-text.ts";

/** What can travel as one parameter. `undefined` is not among them: pg would send it as null and hide a typing mistake. */
export type SqlScalar = string | number | bigint | boolean | Uint8Array | Date | null;

/** A parameter: a scalar, or an array of scalars for `unnest($1::text[])` and `= any($1)`. JSON travels as its text. */
export type SqlValue = SqlScalar | readonly SqlScalar[];

export interface QueryResult<Row> {
  /** As pg reads them: `bigint` and `numeric` are strings (a JS number would round them), `timestamptz` is a `Date`, `bytea` a `Buffer`. */
  readonly rows: readonly Row[];
  /** Rows read or changed; 0 for statements that count nothing. */
  readonly count: number;
}

/** Where a statement can be sent: a database (each statement commits by itself) or a transaction. */
export interface Queryable {
  /**
   * Sends one statement with its parameters (`$1`, `$2`, …). `Row` is the caller's claim about the columns; nothing checks it.
   * Several statements in one text are allowed when there are no parameters; the last one's result is the answer.
   *
   * Rejects with `WeirError` only, its kind and code by the table in `postgres-errors.ts`.
   */
  query<Row extends object = Record<string, unknown>>(
    sql: string,
    params?: readonly SqlValue[],
  ): Promise<QueryResult<Row>>;
}

/** Where rows can be copied into a table: quicker than a statement where they are many, and all of them or none. */
export interface Copying {
  /**
   * Copies rows into a table, in their order, and answers with their number. A row that is there already is an error of
   * kind `row`, as any other that the table refuses. Rejects with `WeirError` only.
   */
  copyIn(target: CopyTarget, columns: ColumnValues): Promise<number>;
}
