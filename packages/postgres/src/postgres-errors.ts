import { WeirError } from "@weir/core";
import type { ErrorKind } from "@weir/core";

interface Rule {
  readonly code: string;
  readonly kind: ErrorKind;
  /** The server ended the connection with this state: what it was doing may have been committed already. */
  readonly ends?: true;
  readonly advice: string;
}

const row = (code: string, advice: string): Rule => ({ code, kind: "row", advice });
const dependency = (code: string, advice: string): Rule => ({ code, kind: "dependency", advice });
const ending = (code: string, advice: string): Rule => ({ code, kind: "dependency", ends: true, advice });
const programming = (code: string, advice: string): Rule => ({ code, kind: "programming", advice });

const lost = ending("connection-lost", "the connection to Postgres was lost");
const unreachable = dependency(
  "connection-refused",
  "Postgres cannot be reached: is it running, are host and port right?",
);
const credentials = programming(
  "wrong-credentials",
  "Postgres refused user or password: check both in the database URL",
);

/** SQLSTATE, or its class of two characters → what it means here. The exact state wins. */
const states: Readonly<Record<string, Rule>> = {
  // The row is at fault.
  "22": row("invalid-data", "a value does not fit its column"),
  "22001": row("value-too-long", "a text is too long for its column"),
  "22003": row("number-out-of-range", "a number is out of its column's range"),
  "22021": row("invalid-text", "a text holds a NUL or bytes that are not UTF-8"),
  "22P02": row("invalid-text", "a text cannot be read as its column's type"),
  "22P05": row("invalid-text", "a text holds a character that Postgres cannot store"),
  "23": row("constraint-violation", "a row breaks a constraint"),
  "23502": row("not-null-violation", "a column that must not be null is null"),
  "23503": row("foreign-key-violation", "a row refers to a row that does not exist"),
  "23505": row("unique-violation", "a row with the same key exists"),
  "23514": row("check-violation", "a row breaks a check constraint"),
  "23P01": row("exclusion-violation", "a row overlaps another"),
  "54000": row("value-too-large", "a value is too large, for an index perhaps"),

  // The server or the network is at fault: the same statement may succeed later.
  "08": lost,
  "25006": dependency("read-only", "the server takes no writes: a standby after a failover?"),
  "25P03": lost,
  "25P04": ending("transaction-timeout", "the transaction took longer than the server allows"),
  "40": dependency("transaction-rolled-back", "the server rolled the transaction back"),
  "40001": dependency("serialization-failure", "a concurrent transaction was in the way"),
  "40003": ending("completion-unknown", "the server does not know whether the statement was completed"),
  "40P01": dependency("deadlock", "two transactions waited for each other and this one was ended"),
  "53": dependency("out-of-resources", "the server is short of memory, disk or connections"),
  "53100": dependency("disk-full", "the server's disk is full"),
  "53300": dependency(
    "too-many-connections",
    "the server has no connection left: lower poolMax or raise max_connections",
  ),
  "55P03": dependency("lock-not-available", "a lock could not be had in time"),
  "57014": dependency(
    "statement-timeout",
    "the statement was cancelled: it took longer than statementTimeoutMs, or somebody cancelled it",
  ),
  "57P01": ending("shutting-down", "the server is shutting down, or this connection was terminated"),
  "57P02": ending("shutting-down", "the server crashed and restarts"),
  "57P03": dependency("starting-up", "the server is starting up or shutting down"),
  "57P05": lost,
  "58": dependency("server-trouble", "the server's own system fails it: its disk, its files"),

  // The code or its configuration is at fault.
  "25P02": programming(
    "transaction-failed",
    "an earlier statement of this transaction failed: nothing more can be done in it",
  ),
  "28": credentials,
  "3D000": programming(
    "missing-database",
    "this database does not exist: create it, or correct the name in the database URL",
  ),
  "3F000": programming("missing-schema", "a schema does not exist: have its migrations run?"),
  "42": programming("invalid-statement", "Postgres does not accept the statement"),
  "42501": programming("not-permitted", "this user may not do this: grant the right, or use another user"),
  "42703": programming("missing-column", "a column does not exist: have all migrations run?"),
  "42P01": programming("missing-table", "a table does not exist: have its migrations run?"),
};

/** Node's error code → what it means here. */
const systemErrors: Readonly<Record<string, Rule>> = {
  ECONNREFUSED: unreachable,
  ENOENT: unreachable,
  ENOTFOUND: dependency("host-unknown", "the host of the database URL cannot be resolved"),
  EAI_AGAIN: dependency("host-unknown", "the host of the database URL cannot be resolved now"),
  EHOSTUNREACH: unreachable,
  EHOSTDOWN: unreachable,
  ENETUNREACH: unreachable,
  ENETDOWN: unreachable,
  EADDRNOTAVAIL: unreachable,
  ETIMEDOUT: lost,
  ECONNRESET: lost,
  ECONNABORTED: lost,
  EPIPE: lost,
  ERR_STREAM_DESTROYED: lost,
  ERR_STREAM_PREMATURE_CLOSE: lost,
};

const unexpected = programming("unexpected-sqlstate", "Postgres answered with an error that is not expected here");

function ruleFor(code: string): Rule | undefined {
  const known = systemErrors[code] ?? states[code];
  if (known !== undefined) return known;
  if (/^[0-9A-Z]{5}$/.test(code)) return states[code.slice(0, 2)] ?? unexpected;
  return undefined;
}

/** The `code` of a foreign error, SQLSTATE or Node's. */
function codeOf(thrown: unknown): string | undefined {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return undefined;
  return typeof thrown.code === "string" ? thrown.code : undefined;
}

function textOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}

function made(rule: Rule, cause: unknown, definite: boolean): WeirError {
  const code = codeOf(cause);
  const sentence = `${rule.advice} (${code === undefined ? "" : `${code}: `}${textOf(cause)})`;
  return new WeirError(rule.code, sentence, { kind: rule.kind, definite, cause });
}

/** An error while connecting: nothing was sent, so it is definite. */
export function connectError(thrown: unknown): WeirError {
  const code = codeOf(thrown);
  const rule = code === undefined ? undefined : ruleFor(code);
  if (rule !== undefined) return made(rule, thrown, true);
  // pg throws its own errors of authentication without a code; their prefix is all there is.
  if (textOf(thrown).startsWith("SASL")) return made(credentials, thrown, true);
  // With a code it is one of TLS; without, pg's own timer or a connection that ended during the greeting.
  return code === undefined
    ? made(lost, thrown, true)
    : made(programming("tls-refused", "no secure connection: check sslmode and the certificates"), thrown, true);
}

export interface StatementFailure {
  /** What the connection died of, if it did. */
  readonly brokenBy: unknown;
  /** Inside a transaction a lost connection undoes everything; a statement by itself or a COMMIT may have been done. */
  readonly undoneIfLost: boolean;
}

/** An error of a statement that was sent. */
export function statementError(thrown: unknown, failure: StatementFailure): WeirError {
  const code = codeOf(thrown);
  const rule = code === undefined ? undefined : ruleFor(code);
  if (rule !== undefined) return made(rule, thrown, rule.ends !== true || failure.undoneIfLost);
  if (failure.brokenBy === undefined) return postgresErrors.unsendable(thrown);
  const died = codeOf(failure.brokenBy);
  return made((died === undefined ? undefined : ruleFor(died)) ?? lost, failure.brokenBy, failure.undoneIfLost);
}

/** Errors of this package itself: code, when. */
export const postgresErrors = {
  /** A name that Postgres would refuse or cut. */
  invalidIdentifier: (name: string, bytesMax: number): WeirError =>
    new WeirError("invalid-identifier", `"${name}" cannot be a name: expected 1 to ${bytesMax} bytes without NUL`, {
      kind: "programming",
    }),
  /** All connections of the pool were busy for `connectTimeoutMs`. */
  poolExhausted: (poolMax: number, waitedMs: number): WeirError =>
    new WeirError(
      "pool-exhausted",
      `all ${poolMax} connections were busy for ${waitedMs} ms: raise poolMax, or send fewer statements at a time`,
      { kind: "dependency" },
    ),
  /** Not even an error came back: a half-open connection. */
  noAnswer: (waitedMs: number, undoneIfLost: boolean): WeirError =>
    new WeirError("no-answer", `Postgres did not answer within ${waitedMs} ms; the connection was given up`, {
      kind: "dependency",
      definite: undoneIfLost,
    }),
  /** pg could not turn a parameter into bytes. */
  unsendable: (cause: unknown): WeirError =>
    new WeirError("unsendable-statement", `the statement could not be sent (${textOf(cause)})`, {
      kind: "programming",
      cause,
    }),
  closed: (): WeirError =>
    new WeirError("database-closed", "the database was closed: create another one, or close it later", {
      kind: "programming",
    }),
  /** A statement was sent through a transaction after its end. */
  transactionOver: (): WeirError =>
    new WeirError("transaction-over", "the transaction has ended: await all its statements inside its function", {
      kind: "programming",
    }),
  /** COMMIT was answered with ROLLBACK: a statement had failed, and its error was caught inside. */
  notCommitted: (): WeirError =>
    new WeirError(
      "transaction-failed",
      "nothing was committed, because a statement failed inside: let its error leave the transaction's function",
      { kind: "programming" },
    ),
  /** `waitForDatabase` gave up. */
  postgresUnreachable: (target: string, deadlineMs: number, cause: unknown): WeirError =>
    new WeirError("postgres-unreachable", `no Postgres at ${target} within ${deadlineMs} ms: ${textOf(cause)}`, {
      kind: "dependency",
      cause,
    }),
  /** `waitForDatabase` was called off. */
  waitAborted: (target: string): WeirError =>
    new WeirError("wait-aborted", `waiting for Postgres at ${target} was called off`, { kind: "dependency" }),
  /** An applied migration has another text now. */
  migrationChanged: (name: string): WeirError =>
    new WeirError(
      "migration-changed",
      `migration ${name} was applied with another text: undo the change and add a new one`,
      {
        kind: "programming",
      },
    ),
  /** The list of migrations contradicts itself or what was applied. */
  migrationOrder: (what: string): WeirError => new WeirError("migration-order", what, { kind: "programming" }),
} as const;

/** Errors of owning an origin: code, when. */
export const ownershipErrors = {
  /** Somebody else has claimed the origin: nothing of it was written. Its pipeline ends the tenure. */
  fenced: (origin: string): WeirError =>
    new WeirError("fenced", `another owner has claimed ${origin}: nothing of it was written`, { kind: "dependency" }),
  /** An origin carries a fence, and nothing here would look at it. */
  unguarded: (what: string, origin: string): WeirError =>
    new WeirError("unguarded-write", `${origin} carries a fence: give ${what} the source's \`ownership\``, {
      kind: "programming",
    }),
  /** A position is to be stored for an origin that nobody has claimed: its source was given no ownership. */
  unclaimed: (origin: string): WeirError =>
    new WeirError("unclaimed-origin", `${origin} carries no fence: give its source the \`ownership\` too`, {
      kind: "programming",
    }),
  /** Somebody deletes owners' rows while they are used: then nothing guards anything. */
  vanished: (origin: string): WeirError =>
    new WeirError("owner-vanished", `the owner's row of ${origin} was deleted while it was claimed`, {
      kind: "programming",
    }),
} as const;
