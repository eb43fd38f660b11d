import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { sep } from "node:path";

/** Removes a folder with all that is in it, also what a container engine that was killed has left mounted there. */
export function removeFolder(folder: string): void {
  for (const place of mountedBelow(folder)) spawnSync("umount", ["--lazy", place], { stdio: "ignore" });
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** Deepest first. */
function mountedBelow(folder: string): readonly string[] {
  if (process.platform !== "linux") return [];
  const places = readFileSync("/proc/self/mounts", "utf8")
    .split("\n")
    .map((line) => line.split(" ")[1] ?? "");
  return places.filter((place) => place.startsWith(`${folder}${sep}`)).toReversed();
}
