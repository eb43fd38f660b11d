import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { canInstall } from "../apt-install.ts";
import { look } from "../containers/engine-api.ts";
import { findEngine } from "../containers/find-engine.ts";
import { sweepSets } from "../containers/sweep-sets.ts";
import { signalProcess } from "../process-identity.ts";
import { membersOf, type ScratchState, scratchState, stillRunning } from "../testing/scratch-state.ts";
import { findProgram } from "../tools.ts";
import { prepareEngine } from "./prepare-engine.ts";

vi.setConfig({ testTimeout: 120_000 });

const dockerd = findProgram("dockerd", { PATH: `${process.env["PATH"]}:/usr/sbin` });
const canStart = dockerd !== undefined && process.env["CI"] === "true" && canInstall();
const reason = "containers: starting an engine of our own needs dockerd, CI=true and root on Debian";

let state: ScratchState;
let doomed: (() => unknown)[];
beforeEach(() => {
  state = scratchState();
  doomed = [];
});
afterEach(async () => {
  for (const end of doomed) await end();
  await sweepSets(state.folder);
  state.remove();
});

/** What an engine shows outside its process: its folder, what is mounted there, and the bridge of its one network. */
function tracesOf(socketPath: string, bridge: string): readonly string[] {
  const home = dirname(socketPath);
  const mounted = readFileSync("/proc/self/mounts", "utf8").split("\n");
  return [
    ...[home, join("/sys/class/net", bridge)].filter((path) => existsSync(path)),
    ...mounted.filter((line) => line.includes(`${home}/`)),
  ];
}

/** A process that has started an engine, and the engine's socket. */
async function hold() {
  const script = join(import.meta.dirname, "..", "testing", "hold-engine.ts");
  const parent = spawn(process.execPath, [script, dockerd ?? ""], {
    env: state.environment,
    stdio: ["ignore", "pipe", "inherit"],
  });
  doomed.push(() => parent.kill("SIGKILL"));
  const [line] = (await once(parent.stdout, "data")) as [Buffer];
  const socketPath = line.toString("utf8").trim();
  const networks = await look<{ Id: string; Name: string }[]>({ socketPath }, "/networks");
  const bridge = `br-${networks?.find(({ Name }) => Name === "left")?.Id.slice(0, 12) ?? ""}`;
  return { parent, socketPath, traces: () => tracesOf(socketPath, bridge) };
}

describe("an engine of our own", () => {
  it("is gone with its networks, volumes, mounts and folders when its parent is killed", async ({ skip }) => {
    skip(!canStart, reason);
    const { parent, socketPath, traces } = await hold();
    expect(await findEngine({ DOCKER_HOST: `unix://${socketPath}` })).toMatchObject({ socketPath });
    const members = membersOf(state.records()[0]!);
    expect(members.length).toBeGreaterThan(2); // its keeper, dockerd, containerd
    expect(traces().length).toBeGreaterThan(2); // folder, bridge, at least one mount
    parent.kill("SIGKILL");
    expect(await stillRunning(members)).toEqual([]);
    expect(traces()).toEqual([]);
    expect(state.records()).toEqual([]);
  });

  it("is swept away by the next run when its keeper was killed, too", async ({ skip }) => {
    skip(!canStart, reason);
    const { parent, traces } = await hold();
    const [record] = state.records();
    const members = membersOf(record!);
    parent.kill("SIGSTOP"); // or it would clean up for its keeper
    signalProcess(record!.keeper, "SIGKILL");
    parent.kill("SIGKILL");
    expect(await stillRunning([record!.keeper])).toEqual([]);
    expect(await sweepSets(state.folder)).toBe(1);
    expect(await stillRunning(members)).toEqual([]);
    expect(traces()).toEqual([]);
  });
});

describe("a machine without an engine", () => {
  it("is left as it is outside CI: the reason is told, nothing is installed or started", async () => {
    const environment = { ...state.environment, DOCKER_HOST: `unix://${join(state.folder, "none")}`, CI: "" };
    const prepared = await prepareEngine({ environment, report: () => undefined });
    expect(prepared).toEqual({ absent: expect.stringMatching(/no container engine.*CI=true as root/) });
    expect(state.records()).toEqual([]);
  });
});
