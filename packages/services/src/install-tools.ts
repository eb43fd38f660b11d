import { existsSync } from "node:fs";
import { runProgram } from "./run-program.ts";
import { servicesErrors } from "./services-errors.ts";
import { installJava } from "./tools.ts";

export interface InstallOptions {
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Installs Java and Maven from Debian's packages. Only as root on Debian and its kin: elsewhere the command is told.
 *
 * @throws WeirError `install-failed`, `interrupted`
 */
export async function installTools({ report, signal }: InstallOptions): Promise<void> {
  if (process.getuid?.() !== 0 || !existsSync("/etc/debian_version")) {
    throw servicesErrors.installFailed(`--install works as root on Debian and its kin only. By hand: ${installJava}`);
  }
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  const packages = ["default-jre-headless", "maven"];
  for (const args of [["update"], ["install", "--yes", "--no-install-recommends", ...packages]]) {
    report(`apt-get ${args.join(" ")}`);
    const options = { env, onLine: (line: string) => report(`  ${line}`), ...(signal === undefined ? {} : { signal }) };
    const { code } = await runProgram("apt-get", args, options).catch((cause: unknown) => {
      throw signal?.aborted === true
        ? servicesErrors.interrupted()
        : servicesErrors.installFailed("apt-get does not run", cause);
    });
    if (code !== 0)
      throw servicesErrors.installFailed(`apt-get ${args[0]} ended with code ${code}; see its lines above.`);
  }
}
