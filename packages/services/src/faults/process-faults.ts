import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { isRunning, signalProcess } from "../process-identity.ts";
import { processTree } from "../process-tree.ts";
import { faultsErrors } from "./faults-errors.ts";

const POLL_MS = 5;
const DEADLINE_MS = 5_000;

/** What can be done to one worker process. Every method resolves when it is true. */
export interface ProcessFaults {
  readonly pid: number;
  /** SIGSTOP: its connections stay open, none of its threads runs on. @throws WeirError `process-gone`, `fault-not-true` */
  stop(): Promise<void>;
  /** SIGCONT; nothing happens to one that runs. @throws WeirError `process-gone`, `fault-not-true` */
  continue(): Promise<void>;
  /** SIGKILL, also to one that is stopped. Fulfilled at once if it has ended. @throws WeirError `fault-not-true` */
  kill(): Promise<void>;
}

/**
 * Takes hold of a process that runs below this one; ask when it has just been started. Whoever gets its id later is
 * never signalled. The processes below it are not touched.
 *
 * @throws WeirError `not-our-process`
 */
export function processFaults(pid: number): ProcessFaults {
  const identity = pid === process.pid ? undefined : processTree(process.pid).find((member) => member.pid === pid);
  if (identity === undefined) throw faultsErrors.notOurProcess(pid);

  const send = (signal: NodeJS.Signals): void => {
    if (!signalProcess(identity, signal)) throw faultsErrors.processGone(pid);
  };
  const until = async (isTrue: () => boolean, wanted: string): Promise<void> => {
    const deadlineMs = performance.now() + DEADLINE_MS;
    while (!isTrue()) {
      if (performance.now() > deadlineMs) {
        throw faultsErrors.notTrue(`process ${pid} ${wanted} within ${DEADLINE_MS} ms`);
      }
      await delay(POLL_MS);
    }
  };
  const untilAlive = (isTrue: () => boolean, wanted: string): Promise<void> =>
    until(() => {
      if (isTrue()) return true;
      if (!isRunning(identity)) throw faultsErrors.processGone(pid);
      return false;
    }, wanted);

  return {
    pid,
    async stop() {
      send("SIGSTOP");
      await untilAlive(() => areAllStopped(states(pid)), "did not stop");
    },
    async continue() {
      send("SIGCONT");
      await untilAlive(() => !states(pid).some(isStopped), "did not go on");
    },
    async kill() {
      signalProcess(identity, "SIGKILL");
      await until(() => !isRunning(identity), "did not end");
    },
  };
}

const isStopped = (state: string): boolean => state.startsWith("T");
const areAllStopped = (threads: readonly string[]): boolean => threads.length > 0 && threads.every(isStopped);

/** The state of each thread, as the system's letter; `gone` for a process that has ended. */
function states(pid: number): string[] {
  try {
    if (process.platform !== "linux") {
      return [execFileSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).trim()];
    }
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => threadState(`/proc/${pid}/task/${thread}/stat`));
  } catch {
    return ["gone"];
  }
}

function threadState(file: string): string[] {
  try {
    const stat = readFileSync(file, "latin1");
    return [stat.slice(stat.lastIndexOf(")") + 2).split(" ")[0] ?? ""];
  } catch {
    return []; // this thread ended meanwhile
  }
}
