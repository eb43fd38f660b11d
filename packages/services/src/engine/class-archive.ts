import { createWriteStream, existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { type Engine, order } from "../containers/engine-api.ts";
import { removeContainer } from "../containers/container-set.ts";
import { servicesErrors } from "../services-errors.ts";
import { run } from "./rootfs.ts";

const TRAINING_DEADLINE_MS = 180_000;
const archive = "/opt/kafka/config/classes.jsa";

/** Runs a broker until it listens, and has Java write down the classes that it loaded. */
export const trainScript = `#!/bin/sh
set -eu
KAFKA_OPTS=-XX:ArchiveClassesAtExit=${archive} KAFKA_JVM_PERFORMANCE_OPTS="-XX:TieredStopAtLevel=1 -XX:+UseSerialGC" \\
  KAFKA_HEAP_OPTS=-Xmx256m /etc/kafka/docker/run &
broker=$!
tries=0
# 2384 is 9092, 0A is listening.
until grep -q ':2384 .* 0A ' /proc/net/tcp /proc/net/tcp6; do
  tries=$((tries + 1))
  [ $tries -lt 600 ] && kill -0 $broker
  sleep 0.2
done
kill -TERM $broker
wait $broker || true
test -s ${archive}
`;

/**
 * The tar of an image context that adds to `image` what its own Java makes of its classes: a broker then starts quicker;
 * made once, and kept beside the image's files: it is good for exactly those.
 *
 * @throws WeirError `build-failed`
 */
export async function classArchiveContext(engine: Engine, image: string, folder: string): Promise<string> {
  const context = join(folder, "classes-context.tar");
  if (existsSync(context)) return context;
  const made = mkdtempSync(join(folder, "classes-"));
  try {
    await train(engine, image, join(made, "classes.tar"));
    writeFileSync(join(made, "Dockerfile"), `FROM ${image}\nADD classes.tar /opt/kafka/\n`);
    await run("tar", ["-C", made, "-cf", join(made, "context.tar"), "Dockerfile", "classes.tar"]);
    renameSync(join(made, "context.tar"), context);
  } finally {
    rmSync(made, { recursive: true, force: true });
  }
  return context;
}

/** Without a network: it talks to nobody. */
async function train(engine: Engine, image: string, file: string): Promise<void> {
  const body = { Image: image, Cmd: ["/etc/kafka/docker/train"], HostConfig: { NetworkMode: "none" } };
  const { Id } = JSON.parse(await order(engine, "/containers/create", { body })) as { readonly Id: string };
  try {
    await order(engine, `/containers/${Id}/start`);
    const ended = await order(engine, `/containers/${Id}/wait`, { timeoutMs: TRAINING_DEADLINE_MS });
    const { StatusCode } = JSON.parse(ended) as { readonly StatusCode: number };
    if (StatusCode !== 0)
      throw servicesErrors.buildFailed(`${image} did not write its class archive (code ${StatusCode})`);
    await download(engine, `/containers/${Id}/archive?path=${archive}`, file);
  } finally {
    await removeContainer(engine, { Id });
  }
}

function download({ socketPath }: Engine, path: string, file: string): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const asked = request({ socketPath, path, headers: { host: "engine" } }, (response) => {
    if (response.statusCode === 200) pipeline(response, createWriteStream(file)).then(resolve, reject);
    else reject(servicesErrors.buildFailed(`the engine does not hand out ${path}`));
  });
  asked.once("error", reject);
  asked.end();
  return promise;
}
