import { existsSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { findEngine } from "./containers/find-engine.ts";
import { imageSeen } from "./containers/pull-image.ts";
import { imageName } from "./images.ts";
import { runProgram } from "./run-program.ts";
import { cacheFolder, stateFolder } from "./state-folder.ts";
import { findProgram } from "./tools.ts";

/**
 * One line of the diagnosis. `missing`: the embedded or external tier cannot be had without it. `note`: worth knowing,
 * nothing fails.
 */
export interface Check {
  readonly name: string;
  readonly verdict: "ok" | "missing" | "note";
  readonly seen: string;
  readonly wanted: string;
  /** The command that mends it. */
  readonly mend?: string;
}

const NODE_MAJOR_MIN = 24;
const PNPM_MAJOR_MIN = 10;
// Postgres's and Kafka's data of the largest drill, with room to spare.
const DISK_GIB_MIN = 2;
// Both servers take about 350 MB, the processes of a drill as much again.
const MEMORY_GIB_MIN = 1;
const ANSWER_MS = 5_000;
const GIB = 2 ** 30;

type Environment = NodeJS.ProcessEnv;

export function nodeVersion(): Check {
  const { node } = process.versions;
  const known = { name: "Node", seen: node, wanted: `${NODE_MAJOR_MIN} or newer` };
  if (Number(node.split(".")[0]) >= NODE_MAJOR_MIN) return { ...known, verdict: "ok" };
  return { ...known, verdict: "missing", mend: "start it through pnpm, which brings Node 24: pnpm run doctor" };
}

/** The pnpm that started us, else the one on the PATH. */
export async function pnpmVersion(environment: Environment): Promise<Check> {
  const started = /^pnpm\/(\S+)/.exec(environment["npm_config_user_agent"] ?? "")?.[1];
  const version = started ?? (await firstLine("pnpm", ["--version"], environment));
  const known = { name: "pnpm", wanted: `${PNPM_MAJOR_MIN} or newer` };
  if (version === undefined) {
    return { ...known, verdict: "note", seen: "none on the PATH", mend: "npx --yes pnpm@10 doctor works without" };
  }
  if (Number(version.split(".")[0]) >= PNPM_MAJOR_MIN) return { ...known, verdict: "ok", seen: version };
  return { ...known, verdict: "note", seen: version, mend: "npm install --global pnpm@10" };
}

/** Where servers keep their data and where downloads go; the tightest one counts. */
export function freeDisk(environment: Environment): Check {
  const folders = [stateFolder(environment), cacheFolder(environment), ...(process.getuid?.() === 0 ? [tmpdir()] : [])];
  const free = folders.map((folder) => ({ folder, gib: freeGibAt(folder) }));
  const least = free.reduce((a, b) => (b.gib < a.gib ? b : a));
  const known = { name: "Disk", seen: `${least.gib.toFixed(1)} GiB free`, wanted: `${DISK_GIB_MIN} GiB` };
  if (least.gib >= DISK_GIB_MIN) return { ...known, verdict: "ok" };
  return {
    ...known,
    verdict: "note",
    mend: `make room at ${least.folder}, or set WEIR_STATE and WEIR_CACHE elsewhere`,
  };
}

export function freeMemory(): Check {
  const gib = process.availableMemory() / GIB;
  const known = { name: "Memory", seen: `${gib.toFixed(1)} GiB available`, wanted: `${MEMORY_GIB_MIN} GiB` };
  if (gib >= MEMORY_GIB_MIN) return { ...known, verdict: "ok" };
  return { ...known, verdict: "note", mend: "close something: both servers and a drill take about 0.8 GiB" };
}

/** An engine that drills and tests can use; nothing fails without. */
export async function containerEngine(environment: Environment): Promise<Check> {
  const known = { name: "Containers", wanted: "an engine of this machine; without one servers are embedded" };
  const engine = await findEngine(environment);
  if ("absent" in engine) return { ...known, verdict: "note", seen: engine.absent };
  const images = (["postgres", "kafka"] as const).map((service) => imageName(service, environment));
  const seen = await Promise.all(images.map(async (name) => ({ name, here: await imageSeen(engine, name) })));
  const told = seen.map(({ name, here }) => `${name} ${here === undefined ? "would be pulled" : "is here"}`).join(", ");
  return { ...known, verdict: "ok", seen: `engine ${engine.version}; ${told}` };
}

async function firstLine(name: string, args: readonly string[], environment: Environment): Promise<string | undefined> {
  const program = findProgram(name, environment);
  if (program === undefined) return undefined;
  try {
    const { code, output } = await runProgram(program, args, { env: environment, timeoutMs: ANSWER_MS });
    return code === 0 ? output.split("\n")[0] : undefined;
  } catch {
    return undefined; // cannot be run here: as good as none
  }
}

function freeGibAt(folder: string): number {
  if (!existsSync(folder)) return freeGibAt(dirname(folder));
  const { bavail, bsize } = statfsSync(folder);
  return (bavail * bsize) / GIB;
}
