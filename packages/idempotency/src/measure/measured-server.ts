import { readFileSync } from "node:fs";
import { createDatabase, identifier, migrate } from "@weir/postgres";
import type { Database, Migration } from "@weir/postgres";

/** The servers that are measured: nobody else should use them meanwhile. */
export const databaseUrl = process.env["DATABASE_URL"] ?? "";
export const brokers = (process.env["KAFKA_BROKERS"] ?? "").split(",").filter((broker) => broker !== "");

export async function withSchema<T>(
  schema: string,
  migrations: readonly Migration[],
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const database = createDatabase({
    url: databaseUrl,
    statementTimeoutMs: 900_000,
    idleInTransactionTimeoutMs: 60_000,
  });
  try {
    await migrate(database, { schema, migrations });
    return await work(database);
  } finally {
    await database.query(`drop schema if exists ${identifier(schema)} cascade`);
    await database.close();
  }
}

/** Milliseconds by the clock, and of the processors: this process and the server's, which no neighbour on the machine slows. */
export interface Took {
  readonly wallMs: number;
  readonly cpuMs: number;
}

const ticksPerSecond = 100;

/** Processor time of a process so far (Linux). */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / ticksPerSecond;
}

/** With the database, the processor time of its one connection counts too. */
export async function stopwatch(work: () => Promise<unknown>, database?: Database): Promise<Took> {
  const answer = await database?.query<{ pid: number }>("select pg_backend_pid() as pid");
  const pids = [process.pid, ...(answer?.rows ?? []).map(({ pid }) => pid)];
  const processorsMs = (): number => pids.reduce((sum, pid) => sum + processorMs(pid), 0);
  const [startMs, before] = [performance.now(), processorsMs()];
  await work();
  return { wallMs: performance.now() - startMs, cpuMs: processorsMs() - before };
}

/** Runs each in turn, several rounds of it, so that a slow moment of the machine meets all of them. */
export async function inTurn(
  cases: Readonly<Record<string, () => Promise<Took>>>,
  rounds: number,
): Promise<Record<string, Took[]>> {
  const values: Record<string, Took[]> = Object.fromEntries(Object.keys(cases).map((name) => [name, []]));
  for (let round = -1; round < rounds; round += 1) {
    for (const [name, run] of Object.entries(cases)) {
      const value = await run();
      // The first round warms up.
      if (round >= 0) values[name]?.push(value);
    }
  }
  return values;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** For each case the median of its rounds, the range, and the median of its rounds' ratios to the first case. */
export function report(title: string, thousands: number, values: Readonly<Record<string, readonly Took[]>>): void {
  console.log(`${title}: ms per 1,000 messages, by the clock and of the processors`);
  const first = Object.values(values)[0] ?? [];
  for (const [name, all] of Object.entries(values)) {
    const line = (["wallMs", "cpuMs"] as const).map((column) => {
      const each = all.map((took) => took[column] / thousands);
      const ratio = median(all.map((took, round) => took[column] / (first[round]?.[column] ?? Number.NaN)));
      return `${median(each).toFixed(2)} (${Math.min(...each).toFixed(2)} – ${Math.max(...each).toFixed(2)}) ×${ratio.toFixed(2)}`;
    });
    console.log(`  ${name}: ${line.join(" · ")}`);
  }
}
