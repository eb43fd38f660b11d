import { existsSync } from "node:fs";
import { runProgram } from "./run-program.ts";
import { servicesErrors } from "./services-errors.ts";

export interface InstallOptions {
  readonly report: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
}

/** Packages can be installed as root on Debian and its kin only. */
export const canInstall = (): boolean => process.getuid?.() === 0 && existsSync("/etc/debian_version");

/**
 * Installs the distribution's packages, without those that they merely recommend.
 *
 * @throws WeirError `install-failed`, `interrupted`
 */
export async function aptInstall(packages: readonly string[], { report, signal }: InstallOptions): Promise<void> {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  for (const args of [["update"], ["install", "--yes", "--no-install-recommends", ...packages]]) {
    report(`apt-get ${args.join(" ")}`);
    const options = { env, signal, onLine: (line: string) => report(`  ${line}`) };
    const { code } = await runProgram("apt-get", args, options).catch((cause: unknown) => {
      throw signal?.aborted === true
        ? servicesErrors.interrupted()
        : servicesErrors.installFailed("apt-get does not run", cause);
    });
    if (code !== 0)
      throw servicesErrors.installFailed(`apt-get ${args[0]} ended with code ${code}; see its lines above.`);
  }
}
