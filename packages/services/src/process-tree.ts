import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { identify, type ProcessIdentity } from "./process-identity.ts";

/** The process and everything below it, parents first. Postgres gives each of its backends a session of its own, so a process group is not enough. */
export function processTree(root: number): readonly ProcessIdentity[] {
  const children = new Map<number, number[]>();
  for (const [pid, parent] of process.platform === "linux" ? parentsOnLinux() : parentsByPs()) {
    children.set(parent, [...(children.get(parent) ?? []), pid]);
  }
  const found: ProcessIdentity[] = [];
  const open = [root];
  for (let pid = open.shift(); pid !== undefined; pid = open.shift()) {
    const identity = identify(pid);
    if (identity !== undefined) found.push(identity);
    open.push(...(children.get(pid) ?? []));
  }
  return found;
}

function parentsOnLinux(): [number, number][] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name): [number, number][] => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "latin1");
        return [[Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])]];
      } catch {
        return []; // ended meanwhile
      }
    });
}

function parentsByPs(): [number, number][] {
  const out = execFileSync("ps", ["-A", "-o", "pid=,ppid="], { encoding: "utf8" });
  return out
    .trim()
    .split("\n")
    .map((line): [number, number] => {
      const [pid, parent] = line.trim().split(/\s+/).map(Number);
      return [pid ?? 0, parent ?? 0];
    });
}
