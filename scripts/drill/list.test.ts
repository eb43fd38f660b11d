import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { listText, nextStep, standings } from "./list.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "weir-list-"));
});
afterEach(() => rm(root, { recursive: true }));

const places = () => ({ root, mine: path.join(root, "mine"), proofs: path.join(root, "proofs") });
const next = async (): Promise<string> => nextStep(await standings(places()));

async function ran(run: string, result: object): Promise<void> {
  const folder = path.join(root, "proofs", "01-ingest", run);
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "result.json"), JSON.stringify(result));
}

async function mineRan(state: object): Promise<void> {
  await mkdir(path.join(root, "mine", ".state"), { recursive: true });
  await mkdir(path.join(root, "mine", "01-ingest"), { recursive: true });
  const file = path.join(root, "mine", ".state", "01-ingest.json");
  await writeFile(file, JSON.stringify({ schema: 1, rungs: {}, directory: "x", ranAt: "x", ...state }));
}

it("tells of each drill what the solution's newest kept run said, and what one's own did", async () => {
  await ran("2026-11-24T10-00-00-000Z", { variant: "solution", verdict: "FALSIFIED", tier: "embedded" });
  await ran("2026-11-24T11-00-00-000Z", { variant: "solution", verdict: "HOLDS", tier: "embedded" });
  await ran("2026-11-24T12-00-00-000Z", { variant: "mine", verdict: "FALSIFIED", tier: "memory" });
  await mineRan({ verdict: "FALSIFIED", tier: "memory", failed: ["I6", "I3"] });
  const text = listText(await standings(places()));
  expect(text).toMatch(/1 +ingest +✓ HOLDS +✗ I6 failed/);
  expect(text).toMatch(/5 +dead letters +to come/);
});

it("a run that was left early has no verdict, and hides none", async () => {
  await ran("2026-11-24T10-00-00-000Z", { variant: "solution", verdict: "HOLDS", tier: "memory" });
  await mkdir(path.join(root, "proofs", "01-ingest", "2026-11-24T12-00-00-000Z"));
  expect(listText(await standings(places()))).toContain("✓ HOLDS (memory)");
});

it("the next step leads from watching to writing, to help, to real servers, to the end", async () => {
  expect(await next()).toMatch(/^pnpm drill 1 {3}/);
  await ran("2026-11-24T10-00-00-000Z", { variant: "solution", verdict: "HOLDS", tier: "embedded" });
  expect(await next()).toContain("pnpm drill 1 --mine   (write the hard part yourself)");
  await mineRan({ verdict: "FALSIFIED", tier: "memory", failed: ["I6"] });
  expect(await next()).toBe("pnpm drill 1 --hint, then pnpm drill 1 --mine");
  await mineRan({ verdict: "HOLDS", tier: "memory", failed: [] });
  expect(await next()).toContain("now on real servers");
  await mineRan({ verdict: "HOLDS", tier: "embedded", failed: [] });
  expect(await next()).toContain("pnpm proof");
});
