import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

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
  const summary = readSummary(ended.output);
  const { exitCode, interrupted } = ended;
  // What was cut off did not fail by itself.
  return { exitCode, interrupted, failures: interrupted ? [] : failuresOf(exitCode, summary) };
}

interface Ended {
  readonly exitCode: number;
  readonly interrupted: boolean;
  readonly output: string;
}

/**
 * Passes signals on and waits for the end all the same, so that what the child started is ended by the child.
 * The child leads a group of its own: turbo is a launcher that hears no signal while the real one runs below it, and
 * Ctrl-C, which a terminal sends to the whole group, would arrive twice and mean "now, without cleaning up".
 */
async function runTeed(
  file: string,
  argv: readonly string[],
  { root, env }: Pick<TurboOptions, "root" | "env">,
): Promise<Ended> {
  const child = spawn(file, argv, { cwd: root, env, stdio: ["ignore", "pipe", "inherit"], detached: true });
  let output = "";
  let interrupted = false;
  const passOn = (): void => {
    interrupted = true;
    interruptGroup(child.pid);
  };
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
  return { exitCode, interrupted, output: stripVTControlCharacters(output) };
}

/** SIGINT whatever came: it is the one that turbo and vitest clean up after. */
function interruptGroup(leader: number | undefined): void {
  if (leader === undefined) return;
  try {
    process.kill(-leader, "SIGINT");
  } catch {
    // The group has ended by itself in the meantime.
  }
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
