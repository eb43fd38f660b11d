import { checkNumbers, type NumberOptions, refuseFaults } from "@weir/core/options";
import { Client } from "pg";
import { faultsErrors } from "./faults-errors.ts";

const NAME_BYTES_MAX = 63; // the server cuts longer names off, and nothing would match

export interface TerminateOptions {
  /** Of the server itself, not of a proxy: a cut network would keep the order from arriving. */
  readonly url: string;
  /** The `application_name` of the sessions to end. */
  readonly applicationName: string;
  /** How long sessions may take to be gone, in ms. Default 5000: lower fails on a busy server, higher delays the error. */
  readonly deadlineMs?: number;
}

const numbers = {
  deadlineMs: {
    meaning: "how long sessions may take to be gone",
    unit: "ms",
    min: 1,
    max: 600_000,
    default: 5_000,
    tooLow: "fails on a busy server",
    tooHigh: "delays the error",
  },
} as const satisfies NumberOptions;

const which = `from pg_stat_activity
  where application_name = $1 and datname = current_database() and pid <> pg_backend_pid()`;

/**
 * Ends the sessions of one application in this database, in mid-statement if need be; their clients learn SQLSTATE
 * 57P01. Answers with how many, once they are gone.
 *
 * @throws WeirError `invalid-options`, `fault-not-true`
 */
export async function terminateBackends(options: TerminateOptions): Promise<number> {
  const faults = checkNumbers(numbers, options, { others: ["url", "applicationName"] });
  const bytes = Buffer.byteLength(options.applicationName);
  if (bytes < 1 || bytes > NAME_BYTES_MAX) faults.push(`applicationName: expected 1 to ${NAME_BYTES_MAX} bytes`);
  refuseFaults(faults);
  const deadlineMs = options.deadlineMs ?? numbers.deadlineMs.default;
  const { ended, left } = await terminate(options, deadlineMs);
  if (left === 0) return ended;
  throw faultsErrors.notTrue(`${left} of ${ended} sessions did not end within ${deadlineMs} ms`);
}

interface Terminated {
  readonly ended: number;
  readonly left: number;
}

async function terminate({ url, applicationName }: TerminateOptions, deadlineMs: number): Promise<Terminated> {
  const client = new Client({
    connectionString: url,
    application_name: "weir-faults",
    connectionTimeoutMillis: deadlineMs,
  });
  client.on("error", () => undefined); // told by the query that fails
  try {
    await client.connect();
    // First to all at once, without waiting; then each is waited for. What the waiting answers is no evidence: to a
    // session that has gone in between it says false. Who is left is asked by itself, in a statement that sees it fresh.
    const { rows } = await client.query<{ pid: number }>(`select pid, pg_terminate_backend(pid) ${which}`, [
      applicationName,
    ]);
    const pids = rows.map(({ pid }) => pid);
    await client.query("select pg_terminate_backend(pid, $2) from unnest($1::int[]) as target (pid)", [
      pids,
      deadlineMs,
    ]);
    const still = await client.query(`select pid ${which} and pid = any($2::int[])`, [applicationName, pids]);
    return { ended: pids.length, left: still.rows.length };
  } catch (cause) {
    throw faultsErrors.notTrue(
      "Postgres could not be told to end sessions: is it reachable, is the role allowed to?",
      cause,
    );
  } finally {
    await client.end().catch(() => undefined); // a connection that never was cannot end
  }
}
