import { setTimeout as delay } from "node:timers/promises";
import { lastLines } from "../run-program.ts";
import type { ServerControl } from "../server.ts";
import { servicesErrors } from "../services-errors.ts";
import { call, type Engine, look, order } from "./engine-api.ts";

const POLL_MS = 50;
// Twice that of an embedded server: an official image starts two JVMs, one after the other.
const START_DEADLINE_MS = 120_000;
const STOP_DEADLINE_S = 20;
const LOG_LINES = 8;

export interface ContainerRecipe {
  /** For people, e.g. `Postgres`. */
  readonly label: string;
  readonly engine: Engine;
  readonly id: string;
  /** Throws while the server is not ready. */
  readonly probe: () => Promise<unknown>;
  readonly signal: AbortSignal | undefined;
}

/** One server in a container that exists. Its published port was chosen beforehand, and stays over restarts. */
export function createContainerServer(
  recipe: ContainerRecipe,
): ServerControl & { readonly untilReady: () => Promise<void> } {
  const { engine, id } = recipe;
  const path = (action: string): string => `/containers/${id}/${action}`;
  // 304: it is so already. 409: it does not run, or is not paused.
  const settle = (action: string): Promise<unknown> => order(engine, path(action), { allow: [304, 409] });
  const resume = async (): Promise<void> => {
    if ((await stateOf(engine, id))?.Paused === true) await order(engine, path("unpause"));
  };
  const control = {
    untilReady: () => untilReady(recipe),
    async stop() {
      await resume(); // the frozen hear no signal
      await order(engine, path(`stop?t=${STOP_DEADLINE_S}`), {
        allow: [304],
        timeoutMs: (STOP_DEADLINE_S + 30) * 1000,
      });
    },
    async kill() {
      await resume();
      await settle("kill?signal=SIGKILL");
      await order(engine, path("wait?condition=not-running"));
    },
    async start() {
      await order(engine, path("start"), { allow: [304] });
      await untilReady(recipe);
    },
    async restart(options: { readonly downMs?: number; readonly kill?: boolean } = {}) {
      await (options.kill === true ? control.kill() : control.stop());
      await delay(options.downMs ?? 0);
      await control.start();
    },
    async pause() {
      await settle("pause");
    },
    resume,
  };
  return control;
}

interface State {
  readonly Running: boolean;
  readonly Paused: boolean;
  readonly ExitCode: number;
}

async function stateOf(engine: Engine, id: string): Promise<State | undefined> {
  return (await look<{ State: State }>(engine, `/containers/${id}/json`))?.State;
}

async function untilReady({ label, engine, id, probe, signal }: ContainerRecipe): Promise<void> {
  const deadline = Date.now() + START_DEADLINE_MS;
  for (;;) {
    try {
      await probe();
      return;
    } catch (cause) {
      if (signal?.aborted === true) throw servicesErrors.interrupted();
      const state = await stateOf(engine, id);
      const why = cause instanceof Error ? cause.message : String(cause);
      const fault =
        state?.Running !== true
          ? `ended with code ${state?.ExitCode ?? "unknown"} while starting`
          : Date.now() > deadline && `was not ready after ${START_DEADLINE_MS / 1000} s (${why})`;
      if (fault !== false)
        throw servicesErrors.startFailed(
          `${label} in its container ${fault}. Its last lines:\n${await logTail(engine, id)}`,
        );
    }
    await delay(POLL_MS);
  }
}

/** The engine puts a head of eight bytes, with a zero among them, before each piece of output. */
async function logTail(engine: Engine, id: string): Promise<string> {
  const { text } = await call(engine, `/containers/${id}/logs?stdout=1&stderr=1&tail=${LOG_LINES}`);
  return lastLines(text.replaceAll(/[^\n\t\u0020-\u007e]/g, ""), LOG_LINES);
}
