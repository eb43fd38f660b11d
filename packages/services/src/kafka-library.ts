import { createHash } from "node:crypto";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { withLock } from "./folder-lock.ts";
import { checkpointFile, KAFKA_VERSION, kafkaId, serverProperties } from "./kafka-config.ts";
import { lastLines, runProgram } from "./run-program.ts";
import { servicesErrors } from "./services-errors.ts";
import { cacheFolder } from "./state-folder.ts";
import { findMaven, installJava, type Java } from "./tools.ts";

const COPY_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies";
const DOWNLOAD_DEADLINE_MS = 600_000;
const FORMAT_DEADLINE_MS = 60_000;
const PROGRESS_EVERY_MS = 2_000;
const pomFile = join(import.meta.dirname, "kafka-pom.xml");

/** Kafka on this machine's disk. */
export interface KafkaLibrary {
  readonly folder: string;
  /** A sorted, explicit list: a wildcard would make the class archive useless. */
  readonly classPath: string;
  /** The metadata checkpoint that each new data folder begins with. */
  readonly checkpoint: string;
}

export interface PrepareOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly java: Java;
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Where this version lives in the cache; another list of jars gets another folder. */
export function kafkaLibraryFolder(environment: NodeJS.ProcessEnv): string {
  const digest = createHash("sha256").update(readFileSync(pomFile)).digest("hex").slice(0, 8);
  return join(cacheFolder(environment), `kafka-${KAFKA_VERSION}-${digest}`);
}

/** Kafka as the cache has it; undefined if it was never fetched. The folder appears whole or not at all. */
export function cachedKafka(environment: NodeJS.ProcessEnv): KafkaLibrary | undefined {
  const folder = kafkaLibraryFolder(environment);
  return existsSync(join(folder, "checkpoint")) ? libraryIn(folder) : undefined;
}

/** Kafka from the cache, fetched with Maven the first time, by one process at a time. */
export async function prepareKafka(options: PrepareOptions): Promise<KafkaLibrary> {
  const cached = cachedKafka(options.environment);
  if (cached !== undefined) return cached;
  const folder = kafkaLibraryFolder(options.environment);
  const onWait = (): void => options.report(`Kafka ${KAFKA_VERSION}: another process is fetching it; waiting`);
  return withLock(`${folder}.lock`, { waitMs: DOWNLOAD_DEADLINE_MS, onWait, signal: options.signal }, async () => {
    const meanwhile = cachedKafka(options.environment);
    if (meanwhile !== undefined) return meanwhile;
    removeAbandoned(folder);
    const made = `${folder}.${process.pid}.new`;
    try {
      await download(made, options);
      await makeCheckpoint(made, options);
      renameSync(made, folder);
    } catch (cause) {
      rmSync(made, { recursive: true, force: true });
      throw cause;
    }
    return libraryIn(folder);
  });
}

function libraryIn(folder: string): KafkaLibrary {
  const lib = join(folder, "lib");
  const jars = readdirSync(lib).filter((name) => name.endsWith(".jar"));
  const classPath = jars
    .toSorted()
    .map((name) => join(lib, name))
    .join(":");
  return { folder, classPath, checkpoint: join(folder, "checkpoint") };
}

/** What interrupted downloads left: we hold the lock, so nobody works on it. */
function removeAbandoned(folder: string): void {
  const half = readdirSync(dirname(folder)).filter((name) => name.startsWith(`${basename(folder)}.`));
  for (const name of half.filter((one) => one.endsWith(".new"))) {
    rmSync(join(dirname(folder), name), { recursive: true, force: true });
  }
}

async function download(folder: string, { environment, report, signal }: PrepareOptions): Promise<void> {
  const maven = findMaven(environment);
  if (maven === undefined) throw servicesErrors.missingTools([`Maven is not on the PATH: ${installJava}`]);
  mkdirSync(folder, { recursive: true });
  copyFileSync(pomFile, join(folder, "pom.xml"));
  report(`Kafka ${KAFKA_VERSION}: fetching 45 files (43 MB) with Maven, once, into ${dirname(folder)}`);
  const begun = Date.now();
  const args = ["-B", "-C", COPY_GOAL, `-DoutputDirectory=${join(folder, "lib")}`, "-DincludeScope=runtime"];
  const run = await runProgram(maven, args, {
    cwd: folder,
    env: environment,
    timeoutMs: DOWNLOAD_DEADLINE_MS,
    signal,
    onLine: countDownloads(report),
  }).catch((cause: unknown) => {
    throw signal?.aborted === true
      ? servicesErrors.interrupted()
      : servicesErrors.downloadFailed("Maven cannot run", cause);
  });
  if (run.code !== 0 || !existsSync(join(folder, "lib", `kafka_2.13-${KAFKA_VERSION}.jar`))) {
    throw servicesErrors.downloadFailed(
      `Maven could not fetch Kafka ${KAFKA_VERSION}; the next start tries again.\n${lastLines(run.output)}`,
    );
  }
  report(`Kafka ${KAFKA_VERSION}: fetched in ${Math.round((Date.now() - begun) / 1000)} s`);
}

function countDownloads(report: (line: string) => void): (line: string) => void {
  let files = 0;
  let told = Date.now();
  return (line) => {
    if (!line.includes("Downloaded from")) return;
    files += 1;
    if (Date.now() - told < PROGRESS_EVERY_MS) return;
    told = Date.now();
    report(`Kafka ${KAFKA_VERSION}: ${files} files fetched`);
  };
}

/** Kafka's own tool formats a folder once; the checkpoint in it holds no ids and serves every later data folder. */
async function makeCheckpoint(folder: string, { environment, java, signal }: PrepareOptions): Promise<void> {
  const dataFolder = join(folder, "formatted");
  const properties = join(folder, "format.properties");
  writeFileSync(properties, serverProperties({ dataFolder, port: 9092, controllerPort: 9093 }));
  const tool = [
    "-cp",
    libraryIn(folder).classPath,
    "kafka.tools.StorageTool",
    "format",
    "-t",
    kafkaId(),
    "-c",
    properties,
  ];
  const run = await runProgram(java.command, tool, { env: environment, timeoutMs: FORMAT_DEADLINE_MS, signal });
  if (run.code !== 0) throw servicesErrors.downloadFailed(`Kafka's format tool failed.\n${lastLines(run.output)}`);
  copyFileSync(checkpointFile(dataFolder), join(folder, "checkpoint"));
  rmSync(dataFolder, { recursive: true });
  rmSync(properties);
}
