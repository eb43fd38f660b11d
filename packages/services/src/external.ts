import { setTimeout as delay } from "node:timers/promises";
import { probeKafka, probePostgres } from "./probe.ts";
import { servicesErrors } from "./services-errors.ts";
import type { ServiceName } from "./tier.ts";

const CONNECT_DEADLINE_MS = 10_000;
const RETRY_MS = 500;

export interface Patience {
  /** How long a service may take to answer for the first time. Default 10,000. */
  readonly connectDeadlineMs?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface ExternalServices {
  readonly postgres?: { readonly url: string; readonly version: string };
  readonly kafka?: { readonly brokers: readonly string[]; readonly version: string };
}

/**
 * The services that DATABASE_URL and KAFKA_BROKERS name, once they answer.
 *
 * @throws WeirError `missing-address` (cannot be read), `access-refused` (at once), `no-answer`, `interrupted`
 */
export async function openExternal(
  want: readonly ServiceName[],
  environment: NodeJS.ProcessEnv,
  patience: Patience = {},
): Promise<ExternalServices> {
  const url = want.includes("postgres") ? databaseUrl(environment["DATABASE_URL"] ?? "") : undefined;
  const brokers = want.includes("kafka") ? brokerList(environment["KAFKA_BROKERS"] ?? "") : undefined;
  const [version] = await Promise.all([
    url === undefined ? "" : answer(`Postgres at ${withoutPassword(url)}`, () => probePostgres(url), patience),
    brokers === undefined ? undefined : answer(`Kafka at ${brokers.join(",")}`, () => probeKafka(brokers), patience),
  ]);
  return {
    ...(url === undefined ? {} : { postgres: { url, version } }),
    ...(brokers === undefined ? {} : { kafka: { brokers, version: "version unknown" } }),
  };
}

/** An address for people. */
export function withoutPassword(url: string): string {
  const shown = new URL(url);
  if (shown.password !== "") shown.password = "***";
  shown.search = ""; // may hold one too
  return shown.href;
}

function databaseUrl(given: string): string {
  if (URL.canParse(given) && /^postgres(ql)?:$/.test(new URL(given).protocol)) return given;
  throw servicesErrors.missingAddress("DATABASE_URL is not of the form postgres://user:password@host:port/database.");
}

function brokerList(given: string): readonly string[] {
  const brokers = given.split(",").map((broker) => broker.trim());
  const wrong = brokers.filter((broker) => !/^.+:\d{1,5}$/.test(broker));
  if (wrong.length === 0) return brokers;
  throw servicesErrors.missingAddress(`KAFKA_BROKERS is not of the form host:port,host:port (${wrong.join(", ")}).`);
}

async function answer<T>(what: string, probe: () => Promise<T>, { connectDeadlineMs, signal }: Patience): Promise<T> {
  const deadline = Date.now() + (connectDeadlineMs ?? CONNECT_DEADLINE_MS);
  for (;;) {
    try {
      return await probe();
    } catch (cause) {
      if (signal?.aborted === true) throw servicesErrors.interrupted();
      if (isRefusal(cause)) throw servicesErrors.accessRefused(what, cause);
      if (Date.now() > deadline) throw servicesErrors.noAnswer(what, cause);
    }
    await delay(RETRY_MS);
  }
}

/** Postgres's own codes for wrong user or password (class 28) and for a database that does not exist. */
function isRefusal(cause: unknown): boolean {
  if (!(cause instanceof Error) || !("code" in cause) || typeof cause.code !== "string") return false;
  return /^28...$/.test(cause.code) || cause.code === "3D000";
}
