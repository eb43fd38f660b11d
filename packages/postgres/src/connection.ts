import { finished } from "node:stream/promises";
import { Pool } from "pg";
import type { Client, PoolClient, QueryResult as PgResult } from "pg";
import { from as copyFrom } from "pg-copy-streams";
import type { Clock, WeirError } from "@weir/core";
import { connectError, postgresErrors, statementError } from "./postgres-errors.ts";
import type { DatabaseSettings } from "./database-options.ts";
import type { QueryResult, SqlValue } from "./sql-value.ts";

/** How long after the server's own timeout an answer is still awaited. Longer: a half-open connection hangs longer. */
const answerGraceMs = 5_000;

export interface Statement {
  readonly sql: string;
  readonly params: readonly SqlValue[];
  /** Does a lost connection undo it for certain? */
  readonly undoneIfLost: boolean;
}

export interface CopyStatement {
  readonly sql: string;
  readonly text: string;
  readonly undoneIfLost: boolean;
}

export interface Answer<Row> extends QueryResult<Row> {
  /** What the server says it did, e.g. `INSERT`, `COMMIT`. */
  readonly command: string;
}

/** One connection, on loan from the pool. Rejects with `WeirError` only. */
export interface Connection {
  run<Row extends object>(statement: Statement): Promise<Answer<Row>>;
  /** Runs a `copy … from stdin` with this text, and answers with the number of rows. */
  copyIn(copy: CopyStatement): Promise<number>;
  /** Gives it back, once; a broken connection is thrown away. */
  release(): void;
}

export interface Connections {
  /** Waits up to `connectTimeoutMs` for a connection. */
  lend(): Promise<Connection>;
  /** Waits for those on loan, then closes all. */
  close(): Promise<void>;
}

export function createConnections(settings: DatabaseSettings): Connections {
  const pool = new Pool({
    connectionString: settings.url,
    max: settings.poolMax,
    application_name: settings.applicationName,
    connectionTimeoutMillis: settings.connectTimeoutMs,
    statement_timeout: settings.statementTimeoutMs,
    idle_in_transaction_session_timeout: settings.idleInTransactionTimeoutMs,
    keepAlive: true,
  });
  const brokenBy = new WeakMap<Client, unknown>();
  // Without a listener Node ends the process when an idle connection breaks. The pool has replaced it by then.
  pool.on("error", () => undefined);
  pool.on("connect", (client) => {
    client.on("error", (error) => brokenBy.set(client, error));
  });

  return {
    async lend() {
      const allBusy = pool.totalCount >= settings.poolMax && pool.idleCount === 0;
      let client: PoolClient;
      try {
        client = await pool.connect();
      } catch (thrown) {
        const error = connectError(thrown);
        // pg's pool gives no code when the wait for a free connection ends.
        const waited = allBusy && error.code === "connection-lost" && !hasCode(thrown);
        throw waited ? postgresErrors.poolExhausted(settings.poolMax, settings.connectTimeoutMs) : error;
      }
      return onLoan(client, { clock: settings.clock, answerMs: settings.statementTimeoutMs + answerGraceMs, brokenBy });
    },
    close: () => pool.end(),
  };
}

function hasCode(thrown: unknown): boolean {
  return typeof thrown === "object" && thrown !== null && "code" in thrown;
}

interface Loan {
  readonly clock: Clock;
  readonly answerMs: number;
  readonly brokenBy: WeakMap<Client, unknown>;
}

function onLoan(client: PoolClient, { clock, answerMs, brokenBy }: Loan): Connection {
  let failed = false;

  function translate(thrown: unknown, undoneIfLost: boolean): WeirError {
    const error = statementError(thrown, { brokenBy: brokenBy.get(client), undoneIfLost });
    // Any doubt about the connection costs it its place; a row's fault does not, or each bisected batch would reconnect.
    if (error.kind === "dependency" || brokenBy.has(client)) failed = true;
    return error;
  }

  /** Sends something and awaits the answer, no longer than the server itself would take. */
  async function attempt<T>(undoneIfLost: boolean, send: () => Promise<T>): Promise<T> {
    let overdue = false;
    const cancelTimer = clock.after(answerMs, () => {
      overdue = true;
      client.connection.stream.destroy();
    });
    try {
      return await send();
    } catch (thrown) {
      const error = translate(thrown, undoneIfLost);
      throw overdue ? postgresErrors.noAnswer(answerMs, undoneIfLost) : error;
    } finally {
      cancelTimer();
    }
  }

  return {
    run: <Row extends object>({ sql, params, undoneIfLost }: Statement): Promise<Answer<Row>> =>
      attempt(undoneIfLost, async () => answerOf(await client.query<Row>(sql, [...params]))),
    copyIn: ({ sql, text, undoneIfLost }) =>
      attempt(undoneIfLost, async () => {
        const stream = client.query(copyFrom(sql));
        stream.end(text);
        await finished(stream);
        return stream.rowCount;
      }),
    release: () => client.release(failed),
  };
}

/** A text of several statements is answered with several results, in spite of its type. */
function answerOf<Row extends object>(result: PgResult<Row>): Answer<Row> {
  const last = Array.isArray(result) ? (result as PgResult<Row>[]).at(-1) : result;
  return { rows: last?.rows ?? [], count: last?.rowCount ?? 0, command: last?.command ?? "" };
}
