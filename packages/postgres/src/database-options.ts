import { systemClock } from "@weir/core";
import type { Clock } from "@weir/core";
import { postgresErrors } from "./postgres-errors.ts";

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`, with pg's own parameters (`?sslmode=…`). Never printed. */
  readonly url: string;
  /** Connections at most. Too low: statements queue and end as `pool-exhausted`. Too high: the server runs out. Default 10. */
  readonly poolMax?: number;
  /** How the connections call themselves in `pg_stat_activity`. Default `weir`. */
  readonly applicationName?: string;
  /** How long a connection may take to open, or to become free. Too low: false alarms under load. Default 5000. */
  readonly connectTimeoutMs?: number;
  /** When the server cancels a statement. Too low: big batches never end. Too high: a stuck lock holds its worker as long. Default 30000. */
  readonly statementTimeoutMs?: number;
  /** When the server ends a transaction in which nothing happens: a stopped process must not hold its locks. Default 2000. */
  readonly idleInTransactionTimeoutMs?: number;
  /** Default: the system's. */
  readonly clock?: Clock;
}

export type DatabaseSettings = Required<DatabaseOptions>;

/** The longest that Postgres takes as a timeout. */
const timeoutMsMax = 2_147_483_647;
const poolMaxMax = 1_000;
/** Postgres cuts longer names. */
const nameBytesMax = 63;

const defaults = {
  poolMax: 10,
  applicationName: "weir",
  connectTimeoutMs: 5_000,
  statementTimeoutMs: 30_000,
  idleInTransactionTimeoutMs: 2_000,
  clock: systemClock,
} as const;

const bounds = {
  poolMax: poolMaxMax,
  connectTimeoutMs: timeoutMsMax,
  statementTimeoutMs: timeoutMsMax,
  idleInTransactionTimeoutMs: timeoutMsMax,
} as const;

/** Fills in the defaults. Throws `invalid-options` with all faults at once. */
export function databaseSettings(options: DatabaseOptions): DatabaseSettings {
  const settings = { ...defaults, ...definedOnly(options), url: options.url };
  const faults = [...unknownNames(options), ...urlFaults(settings.url)];
  for (const [name, max] of Object.entries(bounds)) {
    const value: unknown = settings[name as keyof typeof bounds];
    if (!Number.isInteger(value) || (value as number) < 1 || (value as number) > max) {
      faults.push(`${name}: expected a whole number from 1 to ${max}, got ${String(value)}`);
    }
  }
  const name: unknown = settings.applicationName;
  if (typeof name !== "string" || name === "" || Buffer.byteLength(name) > nameBytesMax) {
    faults.push(`applicationName: expected 1 to ${nameBytesMax} bytes of text, got ${JSON.stringify(name)}`);
  }
  if (faults.length > 0) throw postgresErrors.invalidOptions(faults);
  return settings;
}

function definedOnly(options: DatabaseOptions): Partial<DatabaseOptions> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

function unknownNames(options: DatabaseOptions): string[] {
  const known = ["url", ...Object.keys(defaults)];
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `${name}: there is no such option; there are ${known.join(", ")}`);
}

/** The URL holds the password: neither it nor the error of its parser may be quoted. */
function urlFaults(url: unknown): string[] {
  const expected = "url: expected postgres://user:password@host:port/database";
  if (typeof url !== "string" || !URL.canParse(url)) return [`${expected}, got something that is no URL`];
  const { protocol } = new URL(url);
  return protocol === "postgres:" || protocol === "postgresql:" ? [] : [`${expected}, got one that starts ${protocol}`];
}

/** The address for sentences: host, port and database, without user and password. */
export function targetOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}
