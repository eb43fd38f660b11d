import { randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { call, type Engine } from "../containers/engine-api.ts";
import { openKeeper } from "../keeper-client.ts";
import { lastLines } from "../run-program.ts";
import { runsFolder } from "../run-record.ts";
import { servicesErrors } from "../services-errors.ts";
import { stateFolder } from "../state-folder.ts";

const READY_DEADLINE_MS = 30_000;
const POLL_MS = 100;

export interface StartedEngine extends Engine {
  /** Removes all that it holds, ends it, and removes its folder. */
  end(): Promise<void>;
}

/**
 * Starts an engine of our own beside any other: its own socket and folders, no firewall rule, no default bridge, no
 * forwarding. A keeper owns it: it ends with this process, however that ends.
 *
 * @throws WeirError `start-failed`
 */
export async function startEngine(dockerd: string, environment: NodeJS.ProcessEnv): Promise<StartedEngine> {
  // A socket's path may have 107 characters: the state folder of a deep checkout would be too long.
  const home = join(tmpdir(), `weir-engine-${randomUUID().slice(0, 8)}`);
  const socketPath = join(home, "docker.sock");
  const folder = join(runsFolder(stateFolder(environment)), `engine-${randomUUID()}`);
  const keeper = await openKeeper(folder, [home], { socketPath });
  const logFile = join(folder, "dockerd.log");
  try {
    const program = join(import.meta.dirname, `empty-engine-program${extname(import.meta.filename)}`);
    const started = await keeper.start({
      name: "dockerd",
      command: dockerd,
      args: flags(home, socketPath),
      env: environment,
      cwd: "/",
      logFile,
      beforeEnd: { command: process.execPath, args: [program, socketPath] },
      endSignal: "SIGTERM",
    });
    await untilReady({ socketPath }, () => started.hasExited(), logFile);
    return { socketPath, end: () => keeper.end() };
  } catch (cause) {
    await keeper.end();
    throw cause;
  }
}

function flags(home: string, socketPath: string): readonly string[] {
  const places = ["--data-root", join(home, "data"), "--exec-root", join(home, "exec"), "-p", join(home, "docker.pid")];
  const untouched = ["--iptables=false", "--ip-masq=false", "--ip-forward=false", "--ip", "127.0.0.1"];
  // This option removes a bridge that another engine has left: then that one stays, and ours is not needed.
  const bridge = existsSync("/sys/class/net/docker0") ? [] : ["--bridge=none"];
  return ["-H", `unix://${socketPath}`, ...places, ...untouched, ...bridge];
}

async function untilReady(engine: Engine, hasExited: () => boolean, logFile: string): Promise<void> {
  const deadline = Date.now() + READY_DEADLINE_MS;
  for (;;) {
    const answer = await call(engine, "/_ping").catch(() => undefined);
    if (answer?.status === 200) return;
    if (hasExited() || Date.now() > deadline) {
      const log = existsSync(logFile) ? lastLines(readFileSync(logFile, "utf8"), 3) : "(it wrote none)";
      throw servicesErrors.startFailed(`the container engine did not start. Its last lines:\n${log}`);
    }
    await delay(POLL_MS);
  }
}
