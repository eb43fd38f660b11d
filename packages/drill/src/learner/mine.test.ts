import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Mine, openMine, resetMine, restoreMine } from "./learner.ts";
import { tinyDrill, type TinyDrill } from "./tiny-drill.ts";

let tiny: TinyDrill;
let mine: Mine;
beforeEach(async () => {
  tiny = await tinyDrill();
  mine = { drill: tiny.drill, folder: tiny.mine };
});
afterEach(() => rm(tiny.root, { recursive: true }));

const now = new Date("2026-11-24T18:00:00.000Z");
const read = (file: string): Promise<string> => readFile(file, "utf8");
const load = async (module: string): Promise<{ solution: { answer: number } }> => import(module);
const kept = async (): Promise<string[]> => (await readdir(path.join(tiny.mine, ".kept", "09-tiny"))).toSorted();

it("the first time, the learner's files are made from the exercise, and they run where they are", async () => {
  const { module, isNew, variant, file } = await openMine(mine);
  expect(isNew).toBe(true);
  expect(variant).toMatchObject({
    name: "mine",
    kind: "mine",
    file: path.join("..", "..", "mine", "09-tiny", "answer.ts"),
  });
  expect(await read(file)).toContain('from "../../drills/09-tiny/contract.ts"');
  expect(await load(module)).toMatchObject({ solution: { answer: 21 } });
  expect(existsSync(path.join(path.dirname(file), "README.md"))).toBe(false);
});

it("files that move along keep their imports, and a URL to what stays behind is rewritten", async () => {
  const { file } = await openMine(mine);
  expect(await read(file)).toContain('from "./half.ts"');
  expect(await read(path.join(path.dirname(file), "half.ts"))).toContain('new URL("../../drills/09-tiny/table.sql"');
});

it("the second time, nothing of the learner's is changed", async () => {
  const { file } = await openMine(mine);
  await writeFile(file, "mine");
  expect(await openMine(mine)).toMatchObject({ isNew: false, file });
  expect(await read(file)).toBe("mine");
});

it("reset begins anew and restore brings back what was there, byte by byte; restored twice, all is as before", async () => {
  const { file } = await openMine(mine);
  await writeFile(file, "an evening's work");
  const copy = await resetMine(mine, { now });
  expect(await read(file)).toContain("half");
  expect(await read(path.join(copy ?? "", "answer.ts"))).toBe("an evening's work");
  await restoreMine(mine, new Date(now.getTime() + 1));
  expect(await read(file)).toBe("an evening's work");
  await restoreMine(mine, new Date(now.getTime() + 2));
  expect(await read(file)).toContain("half");
  expect(await kept()).toHaveLength(1);
});

it("two resets within one millisecond keep two copies", async () => {
  await openMine(mine);
  await resetMine(mine, { now });
  await resetMine(mine, { now });
  expect(await kept()).toHaveLength(2);
});

it("the last twenty copies are kept, and the newest is among them", async () => {
  const { file } = await openMine(mine);
  for (let i = 0; i < 23; i += 1) {
    await writeFile(file, `version ${i}`);
    await resetMine(mine, { now: new Date(now.getTime() + i) });
  }
  expect(await kept()).toHaveLength(20);
  await restoreMine(mine, new Date(now.getTime() + 60_000));
  expect(await read(file)).toBe("version 22");
});

it("reset from a variant begins with its file, under the name that is run, and its neighbours stay where they are", async () => {
  const from = tiny.drill.variants.find(({ name }) => name === "off-by-one");
  if (from === undefined) throw new Error("no such variant");
  await resetMine(mine, { from, now });
  const { file, module, isNew } = await openMine(mine);
  expect(isNew).toBe(false);
  expect(await read(file)).toContain('from "../../drills/09-tiny/naive/one.ts"');
  expect(await load(module)).toMatchObject({ solution: { answer: 43 } });
});

it("there is nothing to restore where nothing was kept: a typed error", async () => {
  await expect(restoreMine(mine, now)).rejects.toMatchObject({ code: "nothing-kept" });
});

it("a drill without an exercise says so", async () => {
  const bare: Mine = { ...mine, drill: { ...tiny.drill, variants: [] } };
  await expect(openMine(bare)).rejects.toMatchObject({ code: "no-exercise" });
});

it("the folder finds the drill's packages by their names, and has a type check of its own", async () => {
  await mkdir(path.join(tiny.place, "node_modules", "some-package"), { recursive: true });
  const { file } = await openMine(mine);
  const here = path.dirname(file);
  expect(existsSync(path.join(here, "node_modules", "some-package"))).toBe(true);
  const settings = JSON.parse(await read(path.join(here, "tsconfig.json"))) as { extends: string };
  expect(path.resolve(here, settings.extends)).toBe(path.join(tiny.root, "tsconfig.base.json"));
});
