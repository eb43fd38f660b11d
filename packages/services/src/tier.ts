import { suggestion } from "@weir/core/options";
import { servicesErrors } from "./services-errors.ts";

/** On what a service runs. */
export type Tier = "external" | "containers" | "embedded" | "memory";

export type ServiceName = "postgres" | "kafka";

const tiers: readonly Tier[] = ["external", "containers", "embedded", "memory"];
const byTrust: readonly Tier[] = ["memory", "embedded", "containers", "external"];
const addresses = { postgres: "DATABASE_URL", kafka: "KAFKA_BROKERS" } as const;

/** The environment variable that holds an external service's address. */
export const addressVariable = (service: ServiceName): string => addresses[service];

export interface TierChoice {
  /** `best`: nothing is asked for; containers where an engine has the images, else embedded. */
  readonly tier: Tier | "best";
  /** Did SERVICES ask for it? */
  readonly forced: boolean;
  /** Lines for people, e.g. that a variable alone is not used. */
  readonly advice: readonly string[];
}

/**
 * Which tier the environment asks for. A variable alone never chooses *external*: it may belong to another project, and
 * drills hurt what they run on.
 *
 * @throws WeirError `unknown-tier`, `absent-tier`, `missing-address`
 */
export function chooseTier(want: readonly ServiceName[], environment: NodeJS.ProcessEnv): TierChoice {
  const asked = environment["SERVICES"] ?? "";
  if (asked === "") return { tier: "best", forced: false, advice: adviceOn(want, environment) };
  const tier = tiers.find((known) => known === asked);
  if (tier === undefined) {
    const known = `known: ${tiers.join(", ")}`;
    throw servicesErrors.unknownTier(`SERVICES=${asked}: no such tier${suggestion(asked, tiers)} (${known})`);
  }
  if (tier === "memory" && want.includes("kafka")) {
    throw servicesErrors.absentTier(tier, "there Kafka is a log inside the process, and no server to be opened");
  }
  if (tier === "external") requireAddresses(want, environment);
  return { tier, forced: true, advice: [] };
}

/** The tier that a run as a whole may claim. */
export function weakestTier(taken: readonly Tier[]): Tier {
  return byTrust.find((tier) => taken.includes(tier)) ?? "external";
}

const isSet = (environment: NodeJS.ProcessEnv, variable: string): boolean => (environment[variable] ?? "") !== "";

function adviceOn(want: readonly ServiceName[], environment: NodeJS.ProcessEnv): readonly string[] {
  const set = want.map((service) => addresses[service]).filter((variable) => isSet(environment, variable));
  if (set.length === 0) return [];
  return [`${set.join(" and ")} set but not used: drills hurt what they run on. SERVICES=external uses it.`];
}

function requireAddresses(want: readonly ServiceName[], environment: NodeJS.ProcessEnv): void {
  const missing = want.map((service) => addresses[service]).filter((variable) => !isSet(environment, variable));
  if (missing.length === 0) return;
  throw servicesErrors.missingAddress(`SERVICES=external needs ${missing.join(" and ")}.`);
}
