import type { EngineMark, Reach } from "./run-record.ts";

/** How one server process is started. The keeper knows nothing else about Postgres or Kafka. */
export interface ProcessPlan {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  /** Standard output and error are appended here. */
  readonly logFile: string;
  /** Present when the process must run as somebody else than the keeper. */
  readonly as?: { readonly uid: number; readonly gid: number };
  /** Run to its end before the process is ended: what only a running server can do. */
  readonly beforeEnd?: { readonly command: string; readonly args: readonly string[] };
  /** What ends it at once without leaving anything behind. SIGKILL follows if it does not. */
  readonly endSignal: NodeJS.Signals;
}

export type KeeperOrder =
  | { readonly do: "begin"; readonly folder: string; readonly folders: readonly string[]; readonly engine?: EngineMark }
  | { readonly do: "start"; readonly plan: ProcessPlan }
  | { readonly do: "signal"; readonly name: string; readonly signal: NodeJS.Signals; readonly tree: boolean }
  | { readonly do: "stay"; readonly reach: Reach }
  | { readonly do: "end" };

export type KeeperRequest = KeeperOrder & { readonly id: number };

export type KeeperReport =
  | { readonly id: number; readonly pid?: number; readonly fault?: string }
  | { readonly exited: string; readonly pid: number; readonly how: string };
