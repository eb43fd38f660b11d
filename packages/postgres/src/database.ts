import { createConnections } from "./connection.ts";
import { databaseSettings, targetOf } from "./database-options.ts";
import type { DatabaseOptions } from "./database-options.ts";
import { postgresErrors } from "./postgres-errors.ts";
import { copyText } from "./copy-text.ts";
import type { Copying, Queryable, QueryResult, SqlValue } from "./sql-value.ts";
import { copyStatement, runTransaction } from "./transaction.ts";
import type { Transaction } from "./transaction.ts";
import type { Connection } from "./connection.ts";

/** A bounded pool of connections to one database. Connects when first used. */
export interface Database extends Queryable, Copying {
  /** Host, port and database for sentences; no user, no password. */
  readonly target: string;
  /**
   * Runs `work` in one transaction on one connection: committed when it resolves, rolled back when it throws, and the
   * throw goes on unchanged. A rejection with `definite: false` means that the answer to COMMIT was lost:
   * everything may have happened. An error caught inside `work` does not save the transaction: `transaction-failed`.
   */
  transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T>;
  /** Waits for what runs, then closes all connections. May be called twice. */
  close(): Promise<void>;
}

/** Throws `invalid-options` with all faults at once; reaches for no server yet. */
export function createDatabase(options: DatabaseOptions): Database {
  const settings = databaseSettings(options);
  const connections = createConnections(settings);
  let closing: Promise<void> | undefined;

  async function withConnection<T>(use: (connection: Connection) => Promise<T>): Promise<T> {
    if (closing !== undefined) throw postgresErrors.closed();
    const connection = await connections.lend();
    try {
      return await use(connection);
    } finally {
      connection.release();
    }
  }

  return {
    target: targetOf(settings.url),
    query: <Row extends object>(sql: string, params: readonly SqlValue[] = []): Promise<QueryResult<Row>> =>
      withConnection((connection) => connection.run<Row>({ sql, params, undoneIfLost: false })),
    copyIn: (target, columns) =>
      withConnection((connection) =>
        connection.copyIn({ sql: copyStatement(target), text: copyText(columns), undoneIfLost: false }),
      ),
    transaction: (work) => withConnection((connection) => runTransaction(connection, work)),
    close: () => (closing ??= connections.close()),
  };
}
