import { readFileSync, realpathSync } from "node:fs";
import { extname, join } from "node:path";
import type { Engine } from "../containers/engine-api.ts";
import type { ImageSeen } from "../images.ts";
import { KAFKA_VERSION } from "../kafka-config.ts";
import { prepareKafka } from "../kafka-library.ts";
import { postgresFolder, postgresVersion } from "../postgres-binaries.ts";
import { servicesErrors } from "../services-errors.ts";
import { findJava, installJava, JAVA_MAJOR_MIN, type Java } from "../tools.ts";
import { buildImage, type BuildOptions } from "./build-image.ts";
import { classArchiveContext } from "./class-archive.ts";
import { kafkaDockerfile, kafkaRootfs } from "./kafka-rootfs.ts";
import { postgresDockerfile, postgresRootfs } from "./postgres-rootfs.ts";

/** Postgres as npm carries it, in an image of its own name. */
export async function buildPostgres(engine: Engine, options: BuildOptions): Promise<ImageSeen> {
  const binaries = postgresFolder();
  const found = binaries === undefined ? undefined : await postgresVersion(binaries);
  if (binaries === undefined || found === undefined || "fault" in found) {
    throw servicesErrors.missingTools(["Postgres is not in node_modules, or does not run: pnpm install"]);
  }
  const plan = {
    name: `weir-postgres:${found.version}`,
    dockerfile: postgresDockerfile,
    ingredients: `${recipe("postgres-rootfs")} ${found.version} ${process.arch}`,
    fill: (root: string) => postgresRootfs(root, binaries),
  };
  return buildImage(engine, plan, options);
}

/** Kafka as Maven has it, on a copy of this machine's Java, in an image of its own name. */
export async function buildKafka(engine: Engine, options: BuildOptions): Promise<ImageSeen> {
  const java = await usableJava(options.environment);
  const library = await prepareKafka({ ...options, java });
  const name = `weir-kafka:${KAFKA_VERSION}`;
  const plan = {
    name,
    dockerfile: kafkaDockerfile,
    ingredients: `${recipe("kafka-rootfs")} ${library.classPath} ${java.version} ${realpathSync(java.command)}`,
    fill: (root: string) => kafkaRootfs(root, library, java),
    finish: (folder: string) => classArchiveContext(engine, name, folder),
  };
  return buildImage(engine, plan, options);
}

async function usableJava(environment: NodeJS.ProcessEnv): Promise<Java> {
  const java = await findJava(environment);
  if (java !== undefined && java.major >= JAVA_MAJOR_MIN) return java;
  throw servicesErrors.missingTools([
    `an image of Kafka is built from Java ${JAVA_MAJOR_MIN} or newer: ${installJava}`,
  ]);
}

/** A recipe that has changed makes other files. */
const recipe = (name: string): string =>
  [name, "rootfs", "class-archive"]
    .map((file) => readFileSync(join(import.meta.dirname, `${file}${extname(import.meta.filename)}`), "utf8"))
    .join("");
