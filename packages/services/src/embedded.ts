import { randomUUID } from "node:crypto";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isFree } from "./free-port.ts";
import { archiveFlags } from "./kafka-archive.ts";
import { KAFKA_VERSION } from "./kafka-config.ts";
import { cachedKafka, prepareKafka } from "./kafka-library.ts";
import { createKafkaServer } from "./kafka-server.ts";
import { type Keeper, openKeeper } from "./keeper-client.ts";
import { type Account, postgresAccount, postgresFolder, postgresVersion } from "./postgres-binaries.ts";
import { createPostgresServer, type PostgresServerOptions } from "./postgres-server.ts";
import { probePostgres } from "./probe.ts";
import { runsFolder } from "./run-record.ts";
import type { Server, ServerControl } from "./server.ts";
import { servicesErrors } from "./services-errors.ts";
import { stateFolder } from "./state-folder.ts";
import type { ServiceName } from "./tier.ts";
import { findJava, findMaven, installJava, JAVA_MAJOR_MIN, type Java } from "./tools.ts";

const PORT_TRIES = 3;

export interface EmbeddedOptions {
  readonly want: readonly ServiceName[];
  readonly environment: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
  readonly signal: AbortSignal | undefined;
  /** The run folder's name; random by default. */
  readonly name?: string;
}

export interface EmbeddedPostgres extends ServerControl {
  readonly url: string;
  readonly version: string;
}

export interface EmbeddedKafka extends ServerControl {
  readonly brokers: readonly string[];
  readonly version: string;
}

export interface EmbeddedServers {
  readonly keeper: Keeper;
  readonly postgres?: EmbeddedPostgres;
  readonly kafka?: EmbeddedKafka;
}

interface Tools {
  readonly binaries: string;
  readonly account: Account | undefined;
  readonly java: Java | undefined;
}

/**
 * Starts what is wanted, side by side, under a keeper. All or nothing.
 *
 * @throws WeirError `missing-tools` before anything starts; `download-failed`, `start-failed`, `locked`, `interrupted`
 */
export async function openEmbedded(options: EmbeddedOptions): Promise<EmbeddedServers> {
  const tools = await requireTools(options.want, options.environment);
  refuseIfAborted(options.signal);
  const kafkaLibrary = tools.java === undefined ? undefined : await readyKafka(tools.java, options);
  const elsewhere = tools.account === undefined ? undefined : join(tmpdir(), `weir-${randomUUID()}`);
  const folder = join(runsFolder(stateFolder(options.environment)), options.name ?? randomUUID());
  const keeper = await openKeeper(folder, elsewhere === undefined ? [] : [elsewhere]);
  try {
    const [postgres, kafka] = await Promise.all([
      options.want.includes("postgres")
        ? startPostgres(keeper, { ...options, ...tools, dataHome: elsewhere ?? folder })
        : undefined,
      kafkaLibrary === undefined ? undefined : startKafka(keeper, kafkaLibrary),
    ]);
    refuseIfAborted(options.signal);
    return { keeper, ...(postgres === undefined ? {} : { postgres }), ...(kafka === undefined ? {} : { kafka }) };
  } catch (cause) {
    await keeper.end();
    throw cause;
  }
}

function refuseIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw servicesErrors.interrupted();
}

/** Everything that is missing, in one error. */
async function requireTools(want: readonly ServiceName[], environment: NodeJS.ProcessEnv): Promise<Tools> {
  const missing = await embeddedFaults(want, environment);
  if (missing.length > 0) throw servicesErrors.missingTools(missing);
  const java = want.includes("kafka") ? await findJava(environment) : undefined;
  const account = want.includes("postgres") ? await postgresAccount() : undefined;
  return { binaries: postgresFolder() ?? "", account, java };
}

/** Why embedded servers cannot run here; empty if they can. */
export async function embeddedFaults(
  want: readonly ServiceName[],
  environment: NodeJS.ProcessEnv,
): Promise<readonly string[]> {
  return [
    ...(want.includes("postgres") ? await postgresFaults(postgresFolder()) : []),
    ...(want.includes("kafka") ? kafkaFaults(await findJava(environment), environment) : []),
  ];
}

/** Why Postgres cannot run here; empty if it can. */
async function postgresFaults(binaries: string | undefined): Promise<readonly string[]> {
  if (binaries === undefined)
    return [`Postgres for ${process.platform} ${process.arch} is not in node_modules: pnpm install`];
  const found = await postgresVersion(binaries);
  return "fault" in found ? [`Postgres in node_modules does not run (${found.fault}): pnpm install --force`] : [];
}

/** Why Kafka cannot run here; empty if it can. */
function kafkaFaults(java: Java | undefined, environment: NodeJS.ProcessEnv): readonly string[] {
  const noJava = `Kafka needs Java ${JAVA_MAJOR_MIN} or newer`;
  const faults: string[] = [];
  if (java === undefined) faults.push(`${noJava}; there is none on the PATH or in JAVA_HOME: ${installJava}`);
  else if (java.major < JAVA_MAJOR_MIN) faults.push(`${noJava}; ${java.command} is ${java.version}: ${installJava}`);
  if (cachedKafka(environment) === undefined && findMaven(environment) === undefined) {
    faults.push(`Kafka is fetched with Maven; there is no mvn on the PATH: ${installJava}`);
  }
  return faults;
}

async function readyKafka(java: Java, { environment, report, signal }: EmbeddedOptions) {
  const prepare = { java, environment, report, signal };
  const library = await prepareKafka(prepare);
  return { library, java, environment, signal, archiveFlags: await archiveFlags(library, prepare) };
}

async function startPostgres(keeper: Keeper, options: PostgresServerOptions): Promise<EmbeddedPostgres> {
  const { server, url } = await onFreePort(() => createPostgresServer(keeper, options));
  return { ...server, url, version: await probePostgres(url) };
}

async function startKafka(keeper: Keeper, options: Awaited<ReturnType<typeof readyKafka>>): Promise<EmbeddedKafka> {
  const { server, brokers } = await onFreePort(() => createKafkaServer(keeper, options));
  return { ...server, brokers, version: KAFKA_VERSION };
}

/** A port that was free can be taken before the server has it: then another one. */
async function onFreePort<T extends { readonly server: Server; readonly port: number }>(
  create: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    const made = await create();
    try {
      await made.server.start();
      return made;
    } catch (cause) {
      if (tries === PORT_TRIES || (await isFree(made.port))) throw cause;
    }
  }
}
