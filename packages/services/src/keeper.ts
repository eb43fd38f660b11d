// The process that owns a set of servers. It is started with a channel to its parent; when the channel closes, however
// the parent ended, it ends the servers, removes their folders and goes. States:
//   waiting   until `begin`: nothing to clean up
//   keeping   servers may run; `stay` makes it outlive its parent (channel closed is then no reason to end)
//   ending    entered by `end`, SIGTERM, SIGINT or a closed channel; every further order is ignored
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync, renameSync, rmSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { KeeperReport, KeeperRequest, ProcessPlan } from "./keeper-protocol.ts";
import { identify, isRunning, type ProcessIdentity, processSpace, signalProcess } from "./process-identity.ts";
import { processTree } from "./process-tree.ts";
import { removeFolder } from "./remove-folder.ts";
import { type EngineMark, type Reach, type RunRecord, writeRecord } from "./run-record.ts";

const END_DEADLINE_MS = 5_000;
const BEFORE_END_DEADLINE_MS = 15_000;

interface Kept {
  readonly plan: ProcessPlan;
  readonly child: ChildProcess;
  readonly identity: ProcessIdentity;
}

const kept = new Map<string, Kept>();
let folder: string | undefined;
let folders: readonly string[] = [];
let engine: EngineMark | undefined;
let reach: Reach | undefined;
let ending = false;

function say(report: KeeperReport): void {
  // The callback takes the error of a parent that ended a moment ago; without one it would end us before our work.
  if (process.connected) process.send?.(report, undefined, undefined, () => undefined);
}

function record(): RunRecord {
  const processes = Object.fromEntries([...kept].map(([name, { identity }]) => [name, identity]));
  const keeper = identify(process.pid) as ProcessIdentity;
  const known = { format: 1 as const, space: processSpace(), keeper, processes, folders };
  return { ...known, ...(engine && { engine }), ...(reach && { reach }) };
}

function note(): void {
  if (folder !== undefined && !ending) writeRecord(folder, record());
}

/** The run folder appears with its record inside, so that a sweep never meets one without. */
function begin(wanted: string, also: readonly string[], mark: EngineMark | undefined): void {
  engine = mark;
  folders = [wanted, ...also];
  const made = `${wanted}.${process.pid}.new`;
  writeRecord(made, record());
  try {
    renameSync(made, wanted);
  } catch (cause) {
    rmSync(made, { recursive: true, force: true });
    throw cause;
  }
  folder = wanted;
  for (const one of also) mkdirSync(one, { mode: 0o711 }); // on record before they exist
}

function start(id: number, plan: ProcessPlan): void {
  const log = openSync(plan.logFile, "a", 0o600);
  const child = spawn(plan.command, plan.args, {
    cwd: plan.cwd,
    env: plan.env,
    stdio: ["ignore", log, log],
    ...plan.as,
  });
  closeSync(log);
  child.once("error", (cause) => say({ id, fault: cause.message }));
  if (child.pid === undefined) return; // the error follows
  // Kept from this very moment: were `end` to come before the `spawn` event, nobody would know of the process.
  kept.set(plan.name, { plan, child, identity: identify(child.pid) ?? { pid: child.pid, began: "gone" } });
  note();
  say({ id, pid: child.pid });
  child.once("exit", (code, signal) => {
    if (kept.get(plan.name)?.child === child) kept.delete(plan.name);
    note();
    say({ exited: plan.name, pid: child.pid ?? 0, how: signal ?? `code ${code}` });
  });
}

function send(name: string, signal: NodeJS.Signals, tree: boolean): void {
  const one = kept.get(name);
  if (one === undefined) return;
  for (const member of tree ? processTree(one.identity.pid) : [one.identity]) signalProcess(member, signal);
}

/** Within a deadline: what hangs must not keep the rest from ending. */
async function prepareEnd({ plan }: Kept): Promise<void> {
  if (plan.beforeEnd === undefined) return;
  const { command, args } = plan.beforeEnd;
  await new Promise<void>((resolve) => {
    const child = spawn(command, args, { stdio: "ignore", timeout: BEFORE_END_DEADLINE_MS, killSignal: "SIGKILL" });
    child.once("error", () => resolve());
    child.once("exit", () => resolve());
  });
}

async function end(): Promise<void> {
  if (ending) return;
  ending = true;
  const all = [...kept.values()];
  await Promise.all(all.map(prepareEnd));
  const doomed = all.filter(({ plan }) => plan.endSignal === "SIGKILL");
  // Stopped first, so that none has a child between the look and the signal. An orphan cannot be found from its parent.
  for (const { identity } of doomed) signalProcess(identity, "SIGSTOP");
  const members = all.flatMap(({ identity }) => processTree(identity.pid));
  for (const member of doomed.flatMap(({ identity }) => processTree(identity.pid))) signalProcess(member, "SIGKILL");
  for (const member of members) signalProcess(member, "SIGCONT"); // a stopped process sees no other signal
  for (const { plan, identity } of all) signalProcess(identity, plan.endSignal);
  const deadline = Date.now() + END_DEADLINE_MS;
  while (members.some(isRunning) && Date.now() < deadline) await delay(20);
  for (const member of members) signalProcess(member, "SIGKILL");
  // Seen to have ended by us, their parent: not every machine has somebody else who would bury them.
  while (members.some(isRunning) || kept.size > 0) await delay(20);
  for (const one of folders) removeFolder(one);
  process.exit(0);
}

function obey(request: KeeperRequest): void {
  if (ending) return;
  if (request.do === "end") return void end();
  if (request.do === "start") return start(request.id, request.plan);
  if (request.do === "begin") begin(request.folder, request.folders, request.engine);
  if (request.do === "signal") send(request.name, request.signal, request.tree);
  if (request.do === "stay") {
    reach = request.reach;
    note();
  }
  say({ id: request.id });
}

process.on("message", (request: KeeperRequest) => {
  try {
    obey(request);
  } catch (cause) {
    say({ id: request.id, fault: cause instanceof Error ? cause.message : String(cause) });
  }
});
process.on("disconnect", () => {
  if (reach === undefined) void end();
});
process.on("uncaughtException", () => void end()); // whatever it was: servers without a keeper are worse
process.on("SIGTERM", () => void end());
process.on("SIGINT", () => void end());
// A set that stays has no channel left to keep its process alive.
setInterval(() => undefined, 2 ** 30);
