import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";

const checkout = fileURLToPath(new URL("../../", import.meta.url));

export interface DrillEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts `pnpm drill …` (or another script) as a user does, with files and reports of its own below `root`. For tests. */
export function drillIn(root: string, environment: NodeJS.ProcessEnv, script = "drill") {
  const places = { WEIR_MINE: path.join(root, "mine"), WEIR_PROOFS: path.join(root, "proofs") };
  return async (...args: readonly string[]): Promise<DrillEnd> => {
    const command = ["--disable-warning=TimeoutNegativeWarning", `scripts/${script}.ts`, ...args];
    const env = { ...environment, ...places };
    const child = spawn(process.execPath, command, { cwd: checkout, env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (data) => (stdout += String(data)));
    child.stderr.on("data", (data) => (stderr += String(data)));
    const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
    return { code, stdout, stderr };
  };
}
