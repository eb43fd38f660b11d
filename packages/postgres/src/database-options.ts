import { systemClock } from "@weir/core";
import { checkNumbers, refuseFaults } from "@weir/core/options";
import type { Clock } from "@weir/core";
import type { NumberOption } from "@weir/core/options";

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`, with pg's own parameters (`?sslmode=…`). Never printed. */
  readonly url: string;
  readonly poolMax?: number;
  /** How the connections call themselves in `pg_stat_activity`. Default `weir`. */
  readonly applicationName?: string;
  readonly connectTimeoutMs?: number;
  readonly statementTimeoutMs?: number;
  readonly idleInTransactionTimeoutMs?: number;
  /** Where timers come from. Default: the system's. */
  readonly clock?: Clock;
}

export type DatabaseSettings = Required<DatabaseOptions>;

/** The longest that Postgres takes as a timeout. */
const timeoutMsMax = 2_147_483_647;
const timeout = { unit: "ms", min: 1, max: timeoutMsMax } as const;

const databaseNumbers = {
  poolMax: {
    meaning: "connections at most",
    unit: "connections",
    min: 1,
    max: 1_000,
    default: 10,
    tooLow: "statements queue and end as `pool-exhausted`",
    tooHigh: "the server runs out of connections",
  },
  connectTimeoutMs: {
    meaning: "how long a connection may take to open, or to become free",
    ...timeout,
    default: 5_000,
    tooLow: "false alarms under load",
    tooHigh: "trouble is noticed late",
  },
  statementTimeoutMs: {
    meaning: "when the server cancels a statement",
    ...timeout,
    default: 30_000,
    tooLow: "large batches and migrations never end",
    tooHigh: "a stuck lock holds its worker as long",
  },
  idleInTransactionTimeoutMs: {
    meaning: "when the server ends a transaction in which nothing happens",
    ...timeout,
    default: 2_000,
    tooLow: "a slow step between two statements loses its work",
    tooHigh: "a stopped process holds its locks as long",
  },
} as const satisfies Record<string, NumberOption>;

/** Postgres cuts longer names. */
const nameBytesMax = 63;

/** Fills in the defaults. Throws `invalid-options` with all faults at once. */
export function databaseSettings(options: DatabaseOptions): DatabaseSettings {
  const { url, applicationName = "weir", clock = systemClock } = options;
  const faults = checkNumbers(databaseNumbers, options, { others: ["url", "applicationName", "clock"] });
  if (
    typeof applicationName !== "string" ||
    applicationName === "" ||
    Buffer.byteLength(applicationName) > nameBytesMax
  ) {
    faults.push(
      `applicationName: expected 1 to ${nameBytesMax} bytes of text, given ${JSON.stringify(applicationName)}`,
    );
  }
  refuseFaults([...urlFaults(url), ...faults]);
  return {
    url,
    applicationName,
    clock,
    poolMax: options.poolMax ?? databaseNumbers.poolMax.default,
    connectTimeoutMs: options.connectTimeoutMs ?? databaseNumbers.connectTimeoutMs.default,
    statementTimeoutMs: options.statementTimeoutMs ?? databaseNumbers.statementTimeoutMs.default,
    idleInTransactionTimeoutMs:
      options.idleInTransactionTimeoutMs ?? databaseNumbers.idleInTransactionTimeoutMs.default,
  };
}

/** The URL holds the password: neither it nor the error of its parser may be quoted. */
function urlFaults(url: unknown): string[] {
  const expected = "url: expected postgres://user:password@host:port/database";
  if (typeof url !== "string" || !URL.canParse(url)) return [`${expected}, given something that is no URL`];
  const { protocol } = new URL(url);
  return protocol === "postgres:" || protocol === "postgresql:"
    ? []
    : [`${expected}, given one that starts ${protocol}`];
}

/** The address for sentences: host, port and database, without user and password. */
export function targetOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
