import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

export interface TurboOptions {
  readonly root: string;
  readonly env: NodeJS.ProcessEnv;
  readonly outputLogs: "full" | "errors-only";
}

export interface TurboRun {
  readonly exitCode: number;
  /** A signal came while it ran. */
  readonly interrupted: boolean;
  /** One line for each task that failed; one for turbo itself, if it failed before any task. */
  readonly failures: readonly string[];
}

/** Runs tasks to their end whatever fails, shows their output, and tells from turbo's own summary which failed. */
export async function runTurbo(tasks: readonly string[], options: TurboOptions): Promise<TurboRun> {
  const { root, outputLogs } = options;
  const look = ["--log-prefix=none", "--ui=stream", "--no-update-notifier", `--output-logs=${outputLogs}`];
  const argv = ["run", ...tasks, "--continue", "--env-mode=loose", "--summarize", ...look];
  const env = { ...options.env, TURBO_TELEMETRY_DISABLED: "1", ...(process.stdout.isTTY ? { FORCE_COLOR: "1" } : {}) };
  const ended = await runTeed(join(root, "node_modules", ".bin", "turbo"), argv, { root, env });
  return { ...ended, failures: failuresOf(ended.exitCode, readSummary(ended.output)) };
}

interface Ended {
  readonly exitCode: number;
  readonly interrupted: boolean;
  readonly output: string;
}

/** Passes signals on and waits for the end all the same, so that what the child started is ended by the child. */
async function runTeed(
  file: string,
  argv: readonly string[],
  { root, env }: Pick<TurboOptions, "root" | "env">,
): Promise<Ended> {
  const child = spawn(file, argv, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"] });
  let output = "";
  let interrupted = false;
  const passOn = (signal: NodeJS.Signals): void => {
    interrupted = true;
    // Ctrl-C reached the child already: the terminal sends it to all. Twice would mean "now, without cleaning up".
    if (signal !== "SIGINT" || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, passOn);
  child.stdout.on("data", (chunk: Buffer) => {
    output += chunk.toString("utf8");
    process.stdout.write(chunk);
  });
  const exitCode = await new Promise<number>((resolve) => {
    child.on("error", () => resolve(127));
    child.on("close", (code) => resolve(code ?? 1));
  });
  for (const signal of signals) process.off(signal, passOn);
  return { exitCode, interrupted, output };
}

interface Summary {
  readonly tasks: readonly {
    readonly taskId: string;
    readonly execution?: { readonly exitCode: number | null } | null;
  }[];
}

/** Turbo says where its summary is; it is read and removed, since nobody else would. */
function readSummary(output: string): Summary | undefined {
  const file = /^\s*Summary:\s+(\S.*\.json)\s*$/m.exec(output)?.[1];
  if (file === undefined || !existsSync(file)) return undefined;
  const summary = JSON.parse(readFileSync(file, "utf8")) as Summary;
  rmSync(file);
  return summary;
}

export function failuresOf(exitCode: number, summary: Summary | undefined): string[] {
  const failed = (summary?.tasks ?? []).filter(({ execution }) => execution != null && execution.exitCode !== 0);
  if (failed.length > 0) return failed.map(({ taskId }) => `${taskId.replace("//#", "")}: see its output above`);
  return exitCode === 0 ? [] : [`turbo ended with exit code ${exitCode}`];
}
