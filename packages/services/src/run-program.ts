import { spawn } from "node:child_process";

export interface ProgramRun {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  /** Both streams, as they came; the last 64 KiB. */
  readonly output: string;
}

export interface ProgramOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly as?: { readonly uid: number; readonly gid: number } | undefined;
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal | undefined;
  readonly onLine?: (line: string) => void;
}

const OUTPUT_CHARS_MAX = 65_536;

/** Runs a program to its end. Rejects with Node's error (code ENOENT, EACCES, ABORT_ERR) if it cannot run or was stopped. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: ProgramOptions = {},
): Promise<ProgramRun> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ["ignore", "pipe", "pipe"],
      killSignal: "SIGKILL",
      ...(options.env === undefined ? {} : { env: options.env }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs }),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
      ...options.as,
    });
    let output = "";
    let rest = "";
    const take = (chunk: string): void => {
      output = (output + chunk).slice(-OUTPUT_CHARS_MAX);
      const lines = (rest + chunk).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) options.onLine?.(line);
    };
    child.stdout.setEncoding("utf8").on("data", take);
    child.stderr.setEncoding("utf8").on("data", take);
    child.once("error", reject);
    child.once("close", (code) => resolve({ code, output }));
  });
}

/** The last lines of a program's output, for a sentence. */
export const lastLines = (output: string, count = 8): string => output.trimEnd().split("\n").slice(-count).join("\n");
