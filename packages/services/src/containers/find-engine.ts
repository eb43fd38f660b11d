import { existsSync, statSync } from "node:fs";
import { homedir, hostname } from "node:os";
import { join } from "node:path";
import { call, type Engine } from "./engine-api.ts";

const ANSWER_MS = 3_000;

/** An engine that answers, or why there is none that we can use. */
export type EngineFound = (Engine & { readonly version: string }) | { readonly absent: string };

/**
 * The container engine of this machine. Only one at a socket file counts: what a remote engine publishes would be open to
 * a network, or out of our reach. DOCKER_HOST wins over the usual places.
 */
export async function findEngine(environment: NodeJS.ProcessEnv): Promise<EngineFound> {
  const asked = environment["DOCKER_HOST"] ?? "";
  if (asked !== "" && !asked.startsWith("unix://")) {
    return {
      absent: `DOCKER_HOST=${asked.split("@").at(-1) ?? ""}: only an engine of this machine is used (unix://…)`,
    };
  }
  const places = asked === "" ? usualPlaces(environment) : [asked.slice("unix://".length)];
  const sockets = places.filter(isSocket);
  for (const socketPath of sockets) {
    const found = await engineAt({ socketPath });
    if (found !== undefined) return found;
  }
  return {
    absent: sockets.length === 0 ? "no container engine runs here" : `no engine answers at ${sockets.join(", ")}`,
  };
}

/** Undefined where nobody answers. */
async function engineAt(engine: Engine): Promise<EngineFound | undefined> {
  try {
    const { status, text } = await call(engine, "/info", { timeoutMs: ANSWER_MS });
    if (status !== 200) return undefined;
    const { ServerVersion = "of unknown version", Name = "" } = JSON.parse(text) as Info;
    // Inside a container that was lent its host's socket, 127.0.0.1 of the engine is not ours.
    if (inContainer() && Name !== hostname())
      return { absent: `the engine is that of ${Name}, outside this container` };
    return { ...engine, version: ServerVersion };
  } catch {
    return undefined;
  }
}

interface Info {
  readonly ServerVersion?: string;
  readonly Name?: string;
}

function usualPlaces(environment: NodeJS.ProcessEnv): readonly string[] {
  const runtime = environment["XDG_RUNTIME_DIR"];
  return [
    "/var/run/docker.sock",
    ...(runtime === undefined ? [] : [join(runtime, ".docker/run/docker.sock"), join(runtime, "docker.sock")]),
    join(homedir(), ".docker/run/docker.sock"),
    join(homedir(), ".docker/desktop/docker.sock"),
  ];
}

const inContainer = (): boolean => existsSync("/.dockerenv") || existsSync("/run/.containerenv");

function isSocket(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isSocket() ?? false;
}
