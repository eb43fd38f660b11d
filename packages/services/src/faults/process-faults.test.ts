import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { afterEach, describe, expect, it } from "vitest";
import { processFaults } from "./faults.ts";

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
});

async function worker(): Promise<{ readonly child: ChildProcess; readonly pid: number; readonly heard: unknown[] }> {
  const child = fork(new URL("../testing/idle-worker.ts", import.meta.url));
  children.push(child);
  await once(child, "message");
  const heard: unknown[] = [];
  child.on("message", (message) => heard.push(message));
  return { child, pid: child.pid as number, heard };
}

async function roundTrips(child: ChildProcess, count: number): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) {
    child.send(turn);
    await once(child, "message");
  }
}

describe("a worker process", () => {
  it("that is stopped answers nothing, and answers what was asked meanwhile once it goes on", async () => {
    const stopped = await worker();
    const other = await worker();
    const faults = processFaults(stopped.pid);
    await faults.stop();
    stopped.child.send("meanwhile");
    await roundTrips(other.child, 50);
    expect(stopped.heard).toEqual([]);
    await faults.continue();
    await once(stopped.child, "message");
    expect(stopped.heard).toEqual(["meanwhile"]);
  });

  it("can be stopped and continued again and again; twice is as good as once", async () => {
    const { child, pid } = await worker();
    const faults = processFaults(pid);
    for (let turn = 0; turn < 5; turn += 1) {
      await faults.stop();
      await faults.stop();
      await faults.continue();
      await faults.continue();
      await roundTrips(child, 1);
    }
  });

  it("that is killed, even while stopped, has ended when the promise says so", async () => {
    const { child, pid } = await worker();
    const exited = once(child, "exit");
    const faults = processFaults(pid);
    await faults.stop();
    await faults.kill();
    expect(await exited).toEqual([null, "SIGKILL"]);
    await faults.kill();
  });

  it("that has ended cannot be stopped or continued: its id may be somebody else's by then", async () => {
    const { child, pid } = await worker();
    const faults = processFaults(pid);
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
    await expect(faults.stop()).rejects.toMatchObject({ code: "process-gone" });
    await expect(faults.continue()).rejects.toMatchObject({ code: "process-gone" });
    expect(() => processFaults(pid)).toThrow(expect.objectContaining({ code: "not-our-process" }));
  });
});

it.each([
  ["itself", process.pid],
  ["its parent", process.ppid],
  ["the first process", 1],
  ["a group", -1],
  ["everybody", 0],
  ["no number", Number.NaN],
])("a process cannot take hold of %s", (_, pid) => {
  expect(() => processFaults(pid)).toThrow(expect.objectContaining({ code: "not-our-process" }));
});
