import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { Keeper, KeptProcess } from "./keeper-client.ts";
import type { ProcessPlan } from "./keeper-protocol.ts";
import { isRunning } from "./process-identity.ts";
import { processTree } from "./process-tree.ts";
import { lastLines } from "./run-program.ts";
import { servicesErrors } from "./services-errors.ts";

const POLL_MS = 50;
const START_DEADLINE_MS = 60_000;
const STOP_DEADLINE_MS = 20_000;

/** What a drill can do to a server of its own. Port and data stay the same; every method resolves when it is true. */
export interface ServerControl {
  /** Orderly: the server says goodbye to its clients. */
  stop(): Promise<void>;
  /** SIGKILL to it and all its processes: clients find their connections reset. */
  kill(): Promise<void>;
  /** Starts a stopped or killed server; resolves when it is ready. */
  start(): Promise<void>;
  /** Stops (or, with `kill`, kills) it, stays down for `downMs` (default 0), starts it. */
  restart(options?: { readonly downMs?: number; readonly kill?: boolean }): Promise<void>;
  /** SIGSTOP to it and all its processes: connections stay open, nobody answers. */
  pause(): Promise<void>;
  /** Ends a pause. */
  resume(): Promise<void>;
}

export interface ServerRecipe {
  /** For people, e.g. `Postgres`. */
  readonly label: string;
  readonly plan: ProcessPlan;
  readonly stopSignal: NodeJS.Signals;
  /** Throws while the server is not ready. */
  readonly probe: () => Promise<unknown>;
}

export interface Server extends ServerControl {
  readonly label: string;
}

/** One server under a keeper. It does not run yet. */
export function createServer(keeper: Keeper, recipe: ServerRecipe, signal?: AbortSignal): Server {
  const { plan, label } = recipe;
  let running: KeptProcess | undefined;

  const endBy = async (deadly: NodeJS.Signals, tree: boolean): Promise<void> => {
    if (running === undefined) return;
    const members = processTree(running.pid);
    await keeper.signal(plan.name, deadly, { tree });
    const deadline = Date.now() + STOP_DEADLINE_MS;
    while (members.some(isRunning) && Date.now() < deadline) await delay(POLL_MS);
    if (members.some(isRunning)) {
      await keeper.signal(plan.name, "SIGCONT", { tree: true });
      await keeper.signal(plan.name, "SIGKILL", { tree: true });
    }
    await running.exited();
    running = undefined;
  };

  const control: ServerControl = {
    stop: () => endBy(recipe.stopSignal, false),
    kill: () => endBy("SIGKILL", true),
    async start() {
      if (running !== undefined) return;
      const started = await keeper.start(plan);
      running = started;
      const fault = await untilReady(recipe, started, signal);
      if (fault === undefined) return;
      await control.kill();
      if (signal?.aborted === true) throw servicesErrors.interrupted();
      throw servicesErrors.startFailed(`${label} ${fault}. Its last lines:\n${logTail(plan.logFile)}`);
    },
    async restart(options = {}) {
      await (options.kill === true ? control.kill() : control.stop());
      await delay(options.downMs ?? 0);
      await control.start();
    },
    pause: () => keeper.signal(plan.name, "SIGSTOP", { tree: true }),
    resume: () => keeper.signal(plan.name, "SIGCONT", { tree: true }),
  };
  return { label, ...control };
}

/** Undefined when the server is ready, else what is wrong with it. */
async function untilReady(
  { probe }: ServerRecipe,
  started: KeptProcess,
  signal?: AbortSignal,
): Promise<string | undefined> {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    try {
      await probe();
      return undefined;
    } catch (cause) {
      if (signal?.aborted === true) return "was interrupted";
      if (started.hasExited()) return `ended with ${(await started.exited()).how} while starting`;
      if (Date.now() > deadline) {
        return `was not ready after ${START_DEADLINE_MS / 1000} s (${cause instanceof Error ? cause.message : String(cause)})`;
      }
    }
    await delay(POLL_MS);
  }
}

function logTail(file: string): string {
  try {
    return lastLines(readFileSync(file, "utf8"));
  } catch {
    return "(it wrote none)";
  }
}
