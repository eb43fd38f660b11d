import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { identify, isRunning, signalProcess } from "./process-identity.ts";
import { processTree } from "./process-tree.ts";

const sessions = `const { spawn } = require("node:child_process");
for (const detached of [false, true]) spawn("sleep", ["60"], { detached, stdio: "ignore" });`;

const sleeper = async (command = "sleep", args = ["60"]) => {
  const child = spawn(command, args, { stdio: "ignore" });
  await once(child, "spawn");
  return child;
};

describe("a process's identity", () => {
  it("holds while it runs and no longer", async () => {
    const child = await sleeper();
    const identity = identify(child.pid!)!;
    expect(isRunning(identity)).toBe(true);
    expect(signalProcess(identity, "SIGKILL")).toBe(true);
    await once(child, "exit");
    expect(isRunning(identity)).toBe(false);
    expect(identify(child.pid!)).toBeUndefined();
  });

  it("does not hold for another process under the same id: that one is never signalled", async () => {
    const child = await sleeper();
    const earlier = { pid: child.pid!, began: "long ago" };
    expect(signalProcess(earlier, "SIGKILL")).toBe(false);
    expect(identify(child.pid!)).toBeDefined();
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  it("is found for everything below a process, also in sessions of their own", async () => {
    const child = await sleeper(process.execPath, ["-e", sessions]);
    await expect.poll(() => processTree(child.pid!).length).toBe(3);
    const tree = processTree(child.pid!);
    for (const member of tree) signalProcess(member, "SIGKILL");
    await once(child, "exit");
    await expect.poll(() => tree.some(isRunning)).toBe(false);
  });
});
