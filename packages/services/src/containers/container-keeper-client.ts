import { fork } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { servicesErrors } from "../services-errors.ts";
import type { ContainerOrder, ContainerReport, OpenedSet, SetPlan } from "./container-protocol.ts";

const END_DEADLINE_MS = 30_000;

export interface ContainerKeeper {
  readonly opened: OpenedSet;
  /** Removes the containers, their volumes and their network; resolves when they are gone. */
  end(): Promise<void>;
}

/**
 * Starts a keeper and has it start the set's containers. All or nothing.
 *
 * @throws WeirError `start-failed`
 */
export async function openContainerKeeper(plan: SetPlan, environment: NodeJS.ProcessEnv): Promise<ContainerKeeper> {
  mkdirSync(dirname(plan.folder), { recursive: true, mode: 0o711 });
  const file = join(import.meta.dirname, `container-keeper${extname(import.meta.filename)}`);
  const child = fork(file, [], {
    detached: true, // Ctrl-C goes to us, and we decide what becomes of the set
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    execArgv: ["--disable-warning=TimeoutNegativeWarning"],
    cwd: "/",
    env: testcontainersEnvironment(plan.socketPath, environment),
  });
  const gone = Promise.withResolvers<string>();
  child.once("exit", (code, signal) => gone.resolve(signal ?? `code ${code}`));
  child.once("error", (cause) => gone.resolve(cause.message));
  const report = Promise.withResolvers<ContainerReport>();
  child.once("message", (said: ContainerReport) => report.resolve(said));
  const order = (wanted: ContainerOrder): void => void (child.connected && child.send(wanted));

  const end = async (): Promise<void> => {
    child.ref();
    order({ do: "end" });
    const how = await Promise.race([gone.promise, delay(END_DEADLINE_MS, undefined, { ref: false })]);
    if (how !== "code 0") child.kill("SIGKILL"); // its record stays, and the next set removes what it left
  };

  order({ do: "open", plan });
  const said = await Promise.race([
    report.promise,
    gone.promise.then((how) => ({ fault: `its keeper ended (${how})` })),
  ]);
  if ("fault" in said) {
    await end();
    throw servicesErrors.startFailed(`the containers could not be started: ${said.fault}`);
  }
  // Whoever forgets to close must still be able to end.
  child.unref();
  child.channel?.unref();
  return { opened: said.opened, end };
}

/**
 * What Testcontainers is told. Its reaper is another image, which may not be had, and needs the engine's socket inside a
 * container: the keeper does its work.
 */
function testcontainersEnvironment(socketPath: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const foreign = /^(DOCKER_|TESTCONTAINERS_|RYUK_|DEBUG$|NODE_OPTIONS$)/;
  const kept = Object.entries(environment).filter(([name]) => name === "DOCKER_CONFIG" || !foreign.test(name));
  return {
    ...Object.fromEntries(kept),
    DOCKER_HOST: `unix://${socketPath}`,
    TESTCONTAINERS_HOST_OVERRIDE: "127.0.0.1",
    TESTCONTAINERS_RYUK_DISABLED: "true",
  };
}
