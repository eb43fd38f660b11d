import { asWeirError } from "@weir/core";
import { embeddedFaults } from "./embedded.ts";
import { findEngine } from "./containers/find-engine.ts";
import { imageSeen } from "./containers/pull-image.ts";
import { openExternal } from "./external.ts";
import { imageName } from "./images.ts";
import { cachedKafka, kafkaLibraryFolder } from "./kafka-library.ts";
import { type Check, containerEngine, freeDisk, freeMemory, nodeVersion, pnpmVersion } from "./machine-checks.ts";
import { postgresFolder, postgresVersion } from "./postgres-binaries.ts";
import { servicesStatus } from "./resident.ts";
import { chooseTier, type Tier } from "./tier.ts";
import { findJava, findMaven, installJava, JAVA_MAJOR_MIN } from "./tools.ts";

export { installTools } from "./install-tools.ts";
export type { Check } from "./machine-checks.ts";

export interface Diagnosis {
  readonly format: "weir.doctor/1";
  /** Can drills run on real servers here? */
  readonly ready: boolean;
  /** The tier that a drill would get now. */
  readonly tier: Tier | "none";
  readonly checks: readonly Check[];
}

type Environment = NodeJS.ProcessEnv;

/** Runs every check; each says what it saw, none throws, nothing is changed. */
export async function diagnose(environment: Environment = process.env): Promise<Diagnosis> {
  const [pnpm, java, postgres, containers, running, tier] = await Promise.all([
    pnpmVersion(environment),
    javaCheck(environment),
    postgresCheck(),
    containerEngine(environment),
    runningCheck(environment),
    tierCheck(environment),
  ]);
  const tools = [nodeVersion(), pnpm, java, mavenCheck(environment), postgres, kafkaCheck(environment)];
  const checks = [...tools, freeDisk(environment), freeMemory(), containers, running, tier.check];
  return { format: "weir.doctor/1", ready: tier.tier !== "none", tier: tier.tier, checks };
}

/** For people: seen beside wanted, and what mends it on the next line. */
export function diagnosisText({ checks, ready }: Diagnosis): string {
  const signs = { ok: "✓", missing: "✗", note: "·" } as const;
  const width = Math.max(...checks.map(({ name }) => name.length)) + 2;
  const lines = checks.flatMap(({ name, verdict, seen, wanted, mend }) => [
    `${signs[verdict]} ${name.padEnd(width)}${seen}   (wanted: ${wanted})`,
    ...(mend === undefined ? [] : [`  ${" ".repeat(width)}→ ${mend}`]),
  ]);
  const end = ready
    ? "Real servers can run here: pnpm drill 1"
    : "Real servers cannot run here yet: follow the arrows.";
  return [...lines, "", end].join("\n");
}

async function javaCheck(environment: Environment): Promise<Check> {
  const java = await findJava(environment);
  const known = { name: "Java", wanted: `${JAVA_MAJOR_MIN} or newer, for Kafka` };
  if (java === undefined) return { ...known, verdict: "missing", seen: "none that runs", mend: installJava };
  const seen = `${java.version} (${java.command})`;
  if (java.major < JAVA_MAJOR_MIN) return { ...known, verdict: "missing", seen, mend: installJava };
  return { ...known, verdict: "ok", seen };
}

function mavenCheck(environment: Environment): Check {
  const maven = findMaven(environment);
  const known = { name: "Maven", wanted: "to fetch Kafka once" };
  if (maven !== undefined) return { ...known, verdict: "ok", seen: maven };
  if (cachedKafka(environment) !== undefined) return { ...known, verdict: "note", seen: "none; Kafka is here already" };
  return { ...known, verdict: "missing", seen: "none on the PATH", mend: installJava };
}

async function postgresCheck(): Promise<Check> {
  const folder = postgresFolder();
  const known = { name: "Postgres", wanted: "18, from npm" };
  const found = folder === undefined ? undefined : await postgresVersion(folder);
  if (found !== undefined && "version" in found) return { ...known, verdict: "ok", seen: found.version };
  const seen = found === undefined ? `none for ${process.platform} ${process.arch}` : `does not run: ${found.fault}`;
  return { ...known, verdict: "missing", seen, mend: "pnpm install --force" };
}

function kafkaCheck(environment: Environment): Check {
  const known = { name: "Kafka", wanted: "fetched once, 43 MB" };
  const cached = cachedKafka(environment);
  if (cached !== undefined) return { ...known, verdict: "ok", seen: cached.folder };
  const seen = `not yet in ${kafkaLibraryFolder(environment)}`;
  return { ...known, verdict: "note", seen, mend: "nothing to do: the first start fetches it" };
}

async function runningCheck(environment: Environment): Promise<Check> {
  const { running, faults } = await servicesStatus({ environment });
  const known = { name: "Servers", wanted: "none, or those of `pnpm services up`" };
  if (running === undefined) return { ...known, verdict: "ok", seen: "none are kept" };
  const silent = Object.keys(faults);
  if (silent.length === 0) return { ...known, verdict: "ok", seen: `kept since ${running.startedAt}` };
  const seen = `kept since ${running.startedAt}, but no answer from ${silent.join(" and ")}`;
  return { ...known, verdict: "note", seen, mend: "pnpm services down" };
}

async function tierCheck(environment: Environment): Promise<{ readonly tier: Tier | "none"; readonly check: Check }> {
  const known = { name: "Tier", wanted: "external, containers or embedded" };
  const none = (seen: string): Awaited<ReturnType<typeof tierCheck>> => {
    return { tier: "none", check: { ...known, verdict: "missing", seen } };
  };
  try {
    const isMemory = environment["SERVICES"] === "memory"; // there Kafka is no server
    const want = isMemory ? (["postgres"] as const) : (["postgres", "kafka"] as const);
    const { tier: asked, advice } = chooseTier(want, environment);
    const tier = asked === "best" ? await bestTier(environment) : asked;
    if (tier === "external") await openExternal(want, environment);
    const faults = tier === "embedded" || tier === "memory" ? await embeddedFaults(want, environment) : [];
    if (faults.length > 0) return none(`none: ${faults.length} of the above missing`);
    return { tier, check: { ...known, verdict: "ok", seen: [tier, ...advice].join("; ") } };
  } catch (cause) {
    return none(asWeirError(cause).message);
  }
}

/** What is there now: an image that would have to be pulled first is not. */
async function bestTier(environment: Environment): Promise<Tier> {
  const engine = await findEngine(environment);
  if ("absent" in engine) return "embedded";
  const images = (["postgres", "kafka"] as const).map((service) => imageName(service, environment));
  const seen = await Promise.all(images.map((name) => imageSeen(engine, name)));
  return seen.includes(undefined) ? "embedded" : "containers";
}
