import { asWeirError } from "@weir/core";
import { aptInstall, canInstall } from "../apt-install.ts";
import { type Engine, order } from "../containers/engine-api.ts";
import { findEngine } from "../containers/find-engine.ts";
import { needImage } from "../containers/pull-image.ts";
import { sweepSets } from "../containers/sweep-sets.ts";
import { imageName, images, type ImageSeen } from "../images.ts";
import { stateFolder } from "../state-folder.ts";
import { findProgram } from "../tools.ts";
import { buildKafka, buildPostgres } from "./build-images.ts";
import { startEngine } from "./start-engine.ts";

export interface PrepareEngineOptions {
  readonly environment: NodeJS.ProcessEnv;
  readonly report: (line: string) => void;
}

/** An engine with both images, or why there is none. */
export type PreparedEngine =
  | {
      /** What a process must have in its environment to use it. */
      readonly environment: Readonly<Record<string, string>>;
      /** Ends what was started and removes what was built; an engine that was found goes on. */
      readonly close: () => Promise<void>;
    }
  | { readonly absent: string };

/**
 * A container engine that can run the containers tier. One that answers is used and never stopped. Where there is none,
 * and only under CI=true as root on Debian and its kin, the distribution's is installed and started; and where an official
 * image can be neither found nor pulled, only under CI=true, one is built from the same binaries.
 */
export async function prepareEngine(options: PrepareEngineOptions): Promise<PreparedEngine> {
  try {
    await sweepSets(stateFolder(options.environment));
    const found = await findEngine(options.environment);
    if ("absent" in found) return await prepareOwn(found.absent, options);
    const { environment, built } = await prepareImages(found, options);
    const remove = (): Promise<unknown> => Promise.all(built.map(({ name }) => removeImage(found, name)));
    return {
      environment: { DOCKER_HOST: `unix://${found.socketPath}`, ...environment },
      close: async () => void (await remove()),
    };
  } catch (cause) {
    return { absent: asWeirError(cause).message };
  }
}

async function prepareOwn(absent: string, options: PrepareEngineOptions): Promise<PreparedEngine> {
  const { environment, report } = options;
  if (!isCi(environment) || !canInstall()) {
    return { absent: `${absent}; CI=true as root on Debian would install one` };
  }
  // Both are needed to build images where none can be pulled; asking costs nothing where they are there.
  const missing = [
    ...(findProgram("dockerd", withSbin(environment)) === undefined ? ["docker.io", "iptables"] : []),
    ...(findProgram("busybox", withSbin(environment)) === undefined ? ["busybox-static"] : []),
  ];
  if (missing.length > 0) await aptInstall(missing, { report: (line) => line.startsWith("apt-get") && report(line) });
  const dockerd = findProgram("dockerd", withSbin(environment));
  if (dockerd === undefined) return { absent: `${absent}; docker.io brought no dockerd` };
  const engine = await startEngine(dockerd, environment);
  try {
    const prepared = await prepareImages(engine, options);
    return {
      environment: { DOCKER_HOST: `unix://${engine.socketPath}`, ...prepared.environment },
      close: () => engine.end(),
    };
  } catch (cause) {
    await engine.end();
    throw cause;
  }
}

interface PreparedImages {
  readonly environment: Readonly<Record<string, string>>;
  readonly built: readonly ImageSeen[];
}

/** Side by side would be no quicker on two cores. */
async function prepareImages(engine: Engine, options: PrepareEngineOptions): Promise<PreparedImages> {
  const chosen: Record<string, string> = {};
  const built: ImageSeen[] = [];
  for (const service of ["postgres", "kafka"] as const) {
    const name = imageName(service, options.environment);
    try {
      await needImage(engine, name, options.report);
      chosen[images[service].variable] = name;
    } catch (cause) {
      if (!isCi(options.environment) || name !== images[service].official) throw cause;
      options.report(`${name} cannot be pulled here: an image is built from the same binaries`);
      const image = await (service === "postgres" ? buildPostgres : buildKafka)(engine, options);
      built.push(image);
      chosen[images[service].variable] = image.name;
    }
  }
  return { environment: chosen, built };
}

/** Ours, in an engine that is not. */
const removeImage = (engine: Engine, name: string): Promise<unknown> =>
  order(engine, `/images/${name}`, { method: "DELETE", allow: [404, 409] });

const isCi = (environment: NodeJS.ProcessEnv): boolean => environment["CI"] === "true";

/** Debian keeps daemons where a plain PATH does not look. */
const withSbin = (environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  ...environment,
  PATH: [environment["PATH"], "/usr/sbin", "/sbin", "/usr/bin", "/bin"].filter(Boolean).join(":"),
});
