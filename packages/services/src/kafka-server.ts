import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Keeper } from "./keeper-client.ts";
import { freePort } from "./free-port.ts";
import { checkpointFile, metaProperties, serverProperties } from "./kafka-config.ts";
import type { KafkaLibrary } from "./kafka-library.ts";
import { probeKafka } from "./probe.ts";
import { createServer, type Server } from "./server.ts";
import type { Java } from "./tools.ts";

/** One JVM that carries little: quick to start, and small beside what it serves. */
export const jvmFlags: readonly string[] = [
  "-XX:TieredStopAtLevel=1",
  "-XX:+UseSerialGC",
  "-Xmx256m",
  "-Djava.awt.headless=true",
  "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
  "-Dorg.slf4j.simpleLogger.showDateTime=true",
];

export interface KafkaServerOptions {
  readonly library: KafkaLibrary;
  readonly java: Java;
  readonly environment: NodeJS.ProcessEnv;
  /** Flags about the class archive: which to read, or which to write. */
  readonly archiveFlags: readonly string[];
  readonly signal?: AbortSignal | undefined;
}

/** A Kafka broker in the keeper's folder, on free ports, with an empty log. It does not run yet. */
export async function createKafkaServer(
  keeper: Keeper,
  options: KafkaServerOptions,
): Promise<{ readonly server: Server; readonly brokers: readonly string[]; readonly port: number }> {
  const [port, controllerPort] = [await freePort(), await freePort()];
  const properties = join(keeper.folder, "kafka.properties");
  const dataFolder = join(keeper.folder, "kafka");
  layOut(dataFolder, options.library);
  writeFileSync(properties, serverProperties({ dataFolder, port, controllerPort }), { mode: 0o600 });
  const brokers = [`127.0.0.1:${port}`];
  const plan = {
    name: "kafka",
    command: options.java.command,
    args: [...jvmFlags, ...options.archiveFlags, "-cp", options.library.classPath, "kafka.Kafka", properties],
    env: withoutJavaOptions(options.environment),
    cwd: keeper.folder,
    logFile: join(keeper.folder, "kafka.log"),
    endSignal: "SIGKILL" as const,
  };
  const recipe = { label: "Kafka", plan, stopSignal: "SIGTERM" as const, probe: () => probeKafka(brokers) };
  return { server: createServer(keeper, recipe, options.signal), brokers, port };
}

/** What Kafka's format tool would write, without a JVM of its own. */
function layOut(dataFolder: string, library: KafkaLibrary): void {
  rmSync(dataFolder, { recursive: true, force: true });
  mkdirSync(dirname(checkpointFile(dataFolder)), { recursive: true });
  writeFileSync(join(dataFolder, "meta.properties"), metaProperties());
  copyFileSync(library.checkpoint, checkpointFile(dataFolder));
}

/** Options for somebody else's JVM (agents, heap sizes) would change ours, and make its class archive useless. */
function withoutJavaOptions(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const unwanted = ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS", "CLASSPATH"];
  return Object.fromEntries(Object.entries(environment).filter(([name]) => !unwanted.includes(name)));
}
