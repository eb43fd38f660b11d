import type { Connection } from "./connection.ts";
import { copyText, type CopyTarget } from "./copy-text.ts";
import { identifier } from "./identifier.ts";
import { postgresErrors } from "./postgres-errors.ts";
import type { Copying, Queryable, QueryResult, SqlValue } from "./sql-value.ts";

/** A place for statements that become durable together. Statements sent at the same time run one after the other. */
export interface Transaction extends Queryable, Copying {
  readonly kind: "transaction";
}

const control = (sql: string, undoneIfLost: boolean) => ({ sql, params: [], undoneIfLost });

/** begin → work → commit; on any throw of `work`: rollback, and the throw goes on unchanged. */
export async function runTransaction<T>(connection: Connection, work: (tx: Transaction) => Promise<T>): Promise<T> {
  await connection.run(control("begin", true));
  const { tx, end } = openTransaction(connection);
  let result: T;
  try {
    result = await work(tx);
  } catch (thrown) {
    await end();
    await rollback(connection);
    throw thrown;
  }
  await end();
  // The one moment of doubt: an answer lost here leaves open whether everything happened or nothing.
  const { command } = await connection.run(control("commit", false));
  if (command !== "COMMIT") throw postgresErrors.notCommitted();
  return result;
}

/** A connection that cannot even roll back is broken: the server undoes its transaction when it notices. */
async function rollback(connection: Connection): Promise<void> {
  try {
    await connection.run(control("rollback", true));
  } catch {
    // The error that matters is the one that led here; a broken connection has marked itself.
  }
}

function openTransaction(connection: Connection): { tx: Transaction; end: () => Promise<void> } {
  let over = false;
  let last: Promise<unknown> = Promise.resolve();
  function inTurn<T>(send: () => Promise<T>): Promise<T> {
    if (over) return Promise.reject(postgresErrors.transactionOver());
    const answer = last.then(send);
    last = answer.catch(() => undefined);
    return answer;
  }
  const tx: Transaction = {
    kind: "transaction",
    query: <Row extends object>(sql: string, params: readonly SqlValue[] = []): Promise<QueryResult<Row>> =>
      inTurn(() => connection.run<Row>({ sql, params, undoneIfLost: true })),
    copyIn: (target, columns) =>
      inTurn(() => connection.copyIn({ sql: copyStatement(target), text: copyText(columns), undoneIfLost: true })),
  };
  // Statements that `work` did not await must end before COMMIT or ROLLBACK, and none may follow.
  const end = async (): Promise<void> => {
    over = true;
    await last;
  };
  return { tx, end };
}

export function copyStatement({ table, columns }: CopyTarget): string {
  return `copy ${table} (${columns.map((name) => identifier(name)).join(", ")}) from stdin`;
}
