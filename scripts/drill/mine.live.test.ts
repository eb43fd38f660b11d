import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { describeLive, liveServices } from "@weir/services/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { drillIn, type DrillEnd } from "./start-drill.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "weir-mine-"));
});
afterEach(() => rm(root, { recursive: true }));

function drill(...args: readonly string[]): Promise<DrillEnd> {
  const { databaseUrl, brokers } = liveServices();
  const own = { SERVICES: "external", DATABASE_URL: databaseUrl, KAFKA_BROKERS: brokers.join(",") };
  return drillIn(root, { ...process.env, ...own })(...args);
}

const file = (): string => path.join(root, "mine", "01-ingest", "ingest.ts");
const firstLook = (): Promise<DrillEnd> => drill("1", "--mine", "--tier", "memory");

/** The exercise, with this in the place of what is still to be written. */
async function writes(body: string): Promise<void> {
  await drill("reset", "1");
  const text = await readFile(file(), "utf8");
  const changed = text.replace(/return Promise\.reject\(.*\);/, body);
  expect(changed).not.toBe(text);
  await writeFile(file(), changed);
}

describeLive("a learner's own code", () => {
  it("fresh from the exercise: the file is made, it says what is still to be written, and hints climb", async () => {
    const { code, stdout, stderr } = await firstLook();
    expect(stderr).toContain("is yours, made from the exercise");
    expect(stdout).toContain("start() is still to be written");
    expect(stdout).toContain("pnpm drill 1 --hint");
    expect(code).toBe(2);
    expect((await drill("1", "--hint")).stdout).toContain("Hint 1 of 3 on getting it to run");
    expect((await drill("1", "--hint")).stdout).toContain("Hint 2 of 3");
    expect((await drill()).stdout).toMatch(/1 +ingest +not run yet +\? start failed/);
  }, 180_000);

  it("that is a copy of the solution holds on the memory tier, in a folder of one's own", async () => {
    await drill("reset", "1", "--from", "solution");
    const { code, stdout, stderr } = await firstLook();
    expect(stdout, stderr).toContain("✓ HOLDS on the memory tier");
    expect(code).toBe(0);
    expect((await drill("1", "--hint")).stdout).toContain("nothing to hint at");
  }, 180_000);

  it("with a believable mistake: what was claimed, what happened, where in the history, what it resembles, what next", async () => {
    await drill("reset", "1", "--from", "commit-before-write");
    const { code, stdout } = await firstLook();
    expect(code).toBe(1);
    for (const head of ["claimed", "happened", "where", "resembles"])
      expect(stdout).toMatch(new RegExp(`^ +${head} `, "m"));
    expect(stdout).toMatch(/history\.ndjson, line \d+/);
    expect(stdout).toContain("commit-before-write: “");
    expect((await drill("1", "--hint")).stdout).toMatch(/Hint 1 of 3 on I\d/);
  }, 180_000);

  it("that does not parse: the file is named, and nothing hangs", async () => {
    await writes("const const = 1;");
    const { code, stdout } = await firstLook();
    expect(code).toBe(2);
    expect(stdout).toContain("ingest.ts");
  }, 180_000);

  it("that never comes back: the file is named with what was awaited, and nothing hangs", async () => {
    await writes("for (;;);");
    const { code, stdout } = await firstLook();
    expect(code).toBe(2);
    expect(stdout).toContain("ingest.ts");
    expect(stdout).toMatch(/start/);
  }, 180_000);
});
