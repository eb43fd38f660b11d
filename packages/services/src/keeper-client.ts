import { type ChildProcess, fork } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import type { KeeperOrder, KeeperReport, ProcessPlan } from "./keeper-protocol.ts";
import { endRecorded, type EngineMark, type Reach, readRecord } from "./run-record.ts";
import { servicesErrors } from "./services-errors.ts";

const END_DEADLINE_MS = 30_000;

export interface Exit {
  /** The signal, or `code N`. */
  readonly how: string;
}

export interface KeptProcess {
  readonly pid: number;
  /** Resolves when the keeper has seen it end. */
  exited(): Promise<Exit>;
  hasExited(): boolean;
}

/** Our end of the channel to a keeper process. */
export interface Keeper {
  readonly folder: string;
  /** Starts a process; answers once it runs. */
  start(plan: ProcessPlan): Promise<KeptProcess>;
  /** Signals a process, with `tree` also all below it. Nothing happens if it has ended. */
  signal(name: string, signal: NodeJS.Signals, options?: { readonly tree?: boolean }): Promise<void>;
  /** Lets the set outlive us, reachable for others; the channel is closed. */
  stay(reach: Reach): Promise<void>;
  /** Ends all processes, removes the folders, and resolves when nothing is left. */
  end(): Promise<void>;
}

interface Pending {
  readonly resolve: (report: { readonly pid?: number }) => void;
  readonly reject: (cause: unknown) => void;
}

/**
 * Starts a keeper for the run folder (which must not exist). `folders` lie elsewhere and are removed with it; `engine` is
 * noted for a sweep.
 */
export async function openKeeper(folder: string, folders: readonly string[], engine?: EngineMark): Promise<Keeper> {
  mkdirSync(dirname(folder), { recursive: true, mode: 0o711 });
  // A session of its own: Ctrl-C goes to us, and we decide what becomes of the servers. None of our flags: a test
  // runner's loader or a debugger's port is not for it.
  const child = fork(join(import.meta.dirname, `keeper${extname(import.meta.filename)}`), [], {
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "ipc"],
    execArgv: [],
    cwd: "/",
  });
  const keeper = createKeeper(child, folder);
  await keeper.order({ do: "begin", folder, folders, ...(engine && { engine }) });
  return keeper;
}

function createKeeper(child: ChildProcess, folder: string): Keeper & { order(order: KeeperOrder): Promise<number> } {
  const pending = new Map<number, Pending>();
  const running = new Map<number, (exit: Exit) => void>();
  const early = new Map<number, Exit>();
  const gone = Promise.withResolvers<string>();
  let lastId = 0;
  // Whoever forgets to close must still be able to end: only while we wait for an answer does the channel hold us.
  child.unref();
  let holds = 0;
  const hold = async <T>(awaited: Promise<T>): Promise<T> => {
    if ((holds += 1) === 1) child.channel?.ref();
    try {
      return await awaited;
    } finally {
      if ((holds -= 1) === 0) child.channel?.unref();
    }
  };

  child.on("message", (report: KeeperReport) => {
    if ("exited" in report) {
      const tell = running.get(report.pid);
      running.delete(report.pid);
      if (tell === undefined) early.set(report.pid, { how: report.how });
      else tell({ how: report.how });
      return;
    }
    const asked = pending.get(report.id);
    pending.delete(report.id);
    if (report.fault === undefined) asked?.resolve(report);
    else asked?.reject(servicesErrors.startFailed(report.fault));
  });
  const lose = (how: string): void => {
    gone.resolve(how);
    for (const asked of pending.values()) asked.reject(servicesErrors.keeperLost(how));
    pending.clear();
    for (const tell of running.values()) tell({ how: "its keeper ended" });
  };
  child.once("exit", (code, signal) => lose(signal ?? `code ${code}`));
  child.once("error", (cause) => lose(cause.message));

  const order = (wanted: KeeperOrder): Promise<number> => {
    if (!child.connected) return Promise.reject(servicesErrors.keeperLost("no channel to it"));
    const { promise, resolve, reject } = Promise.withResolvers<{ readonly pid?: number }>();
    const id = (lastId += 1);
    pending.set(id, { resolve, reject });
    child.send({ ...wanted, id });
    return hold(promise.then((report) => report.pid ?? 0));
  };

  return {
    folder,
    order,
    async start(plan) {
      const pid = await order({ do: "start", plan });
      const exit = Promise.withResolvers<Exit>();
      let ended = false;
      const tell = (how: Exit): void => {
        ended = true;
        exit.resolve(how);
      };
      const already = early.get(pid);
      early.delete(pid);
      if (already === undefined) running.set(pid, tell);
      else tell(already);
      return { pid, exited: () => hold(exit.promise), hasExited: () => ended };
    },
    async signal(name, signal, options = {}) {
      await order({ do: "signal", name, signal, tree: options.tree ?? false });
    },
    async stay(reach) {
      await order({ do: "stay", reach });
      child.disconnect();
      child.unref();
    },
    async end() {
      const last = readRecord(folder);
      child.ref();
      if (child.connected) child.send({ do: "end", id: 0 });
      const ended = await Promise.race([gone.promise, delay(END_DEADLINE_MS, undefined, { ref: false })]);
      if (ended === "code 0") return;
      child.kill("SIGKILL");
      if (last !== undefined) endRecorded(last);
    },
  };
}
