import { spawn, type ChildProcess } from "node:child_process";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../../", import.meta.url));

export interface DrillEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningDrill {
  readonly child: ChildProcess;
  readonly ended: Promise<DrillEnd>;
  /** Resolves when stderr has shown this. Rejects if the drill ends before. */
  shown(pattern: RegExp): Promise<void>;
}

/** `pnpm drill 1 …` as a user starts it: another process, no terminal. For tests. */
export function runDrillCommand(args: readonly string[], environment: NodeJS.ProcessEnv = process.env): RunningDrill {
  const command = ["--disable-warning=TimeoutNegativeWarning", "scripts/drill.ts", ...args];
  const child = spawn(process.execPath, command, { cwd: root, env: environment, stdio: ["ignore", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  const waiting: { readonly pattern: RegExp; readonly resolve: () => void }[] = [];
  child.stdout.on("data", (data) => (stdout += String(data)));
  child.stderr.on("data", (data) => {
    stderr += String(data);
    for (const { pattern, resolve } of waiting) if (pattern.test(stderr)) resolve();
  });
  const ended = new Promise<DrillEnd>((resolve) => child.on("close", (code) => resolve({ code, stdout, stderr })));
  const shown = (pattern: RegExp): Promise<void> =>
    new Promise((resolve, reject) => {
      if (pattern.test(stderr)) return resolve();
      waiting.push({ pattern, resolve });
      void ended.then((end) => reject(new Error(`${String(pattern)} was never shown:\n${end.stderr}\n${end.stdout}`)));
    });
  return { child, ended, shown };
}
