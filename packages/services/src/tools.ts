import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { runProgram } from "./run-program.ts";

export const JAVA_MAJOR_MIN = 17;

const onMac = process.platform === "darwin";
/** What brings both Java and Maven, for a sentence. */
export const installJava = onMac ? "brew install openjdk maven" : "apt-get install default-jre-headless maven";

export interface Java {
  readonly command: string;
  /** As Java writes it, e.g. `17.0.15`. */
  readonly version: string;
  readonly major: number;
}

/** The Java of JAVA_HOME, else of the PATH; undefined if there is none that runs. */
export async function findJava(environment: NodeJS.ProcessEnv): Promise<Java | undefined> {
  const home = environment["JAVA_HOME"];
  const inHome = home === undefined || home === "" ? undefined : join(home, "bin", "java");
  const command = inHome !== undefined && isProgram(inHome) ? inHome : findProgram("java", environment);
  if (command === undefined) return undefined;
  try {
    const { code, output } = await runProgram(command, ["-version"], { env: environment, timeoutMs: 20_000 });
    const version = /version "([^"]+)"/.exec(output)?.[1];
    if (code !== 0 || version === undefined) return undefined; // macOS has a `java` that only asks for a Java
    return { command, version, major: Number(/^(?:1\.)?(\d+)/.exec(version)?.[1]) };
  } catch {
    return undefined;
  }
}

export const findMaven = (environment: NodeJS.ProcessEnv): string | undefined => findProgram("mvn", environment);

/** Where the PATH leads for a program's name. */
export function findProgram(name: string, environment: NodeJS.ProcessEnv): string | undefined {
  const folders = (environment["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  return folders.map((folder) => join(folder, name)).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
