import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Drill, Variant } from "../drill.ts";
import { keepCopy, newestCopy } from "./kept-copies.ts";
import { learnerErrors } from "./learner-errors.ts";
import { relocateImports } from "./relocate-imports.ts";

/** A learner's files of one drill. */
export interface Mine {
  readonly drill: Drill;
  /** The folder that holds the learner's files of all drills. */
  readonly folder: string;
}

export interface OpenedMine {
  /** What `--mine` runs. */
  readonly variant: Variant;
  /** File URL. */
  readonly module: string;
  /** The path of that file. */
  readonly file: string;
  /** Was it made just now? */
  readonly isNew: boolean;
}

/** The learner's own folder of this drill. */
export const folderOf = ({ drill, folder }: Mine): string => path.join(folder, drill.id);

/** The learner's file, made from the exercise the first time. Nothing that is there is ever changed. */
export async function openMine(mine: Mine): Promise<OpenedMine> {
  const isNew = !existsSync(folderOf(mine));
  if (isNew) await fill(mine, stubOf(mine.drill));
  const file = path.join(folderOf(mine), path.basename(stubOf(mine.drill).file));
  const seen = path.relative(fileURLToPath(mine.drill.folder), file);
  const variant: Variant = { name: "mine", kind: "mine", file: seen, belief: "what you wrote" };
  return { variant, module: pathToFileURL(file).href, file, isNew };
}

export interface ResetOptions {
  /** Begin from this variant's file. Default: the stub. */
  readonly from?: Variant;
  readonly now: Date;
}

/** Begins anew. Answers with the folder of the copy that was kept of what was there; `undefined` where nothing was. */
export async function resetMine(mine: Mine, { from, now }: ResetOptions): Promise<string | undefined> {
  const source = from ?? stubOf(mine.drill);
  const kept = await keepCopy(mine, now);
  await rm(folderOf(mine), { recursive: true, force: true });
  await fill(mine, source);
  return kept;
}

/** Brings the newest kept copy back, and keeps one of what was there: done twice, all is as before. */
export async function restoreMine(mine: Mine, now: Date): Promise<{ restored: string; kept: string | undefined }> {
  const restored = await newestCopy(mine);
  if (restored === undefined) throw learnerErrors.nothingKept(mine.drill.id);
  const kept = await keepCopy(mine, now);
  await rm(folderOf(mine), { recursive: true, force: true });
  await rename(restored, folderOf(mine));
  await furnish(mine);
  return { restored, kept };
}

function stubOf(drill: Drill): Variant {
  const stub = drill.variants.find(({ kind }) => kind === "stub");
  if (stub === undefined) throw learnerErrors.noExercise(`drill ${drill.number} (${drill.name})`);
  return stub;
}

/** Copies a variant to its place: a folder of its own as a whole, a file among others alone. */
async function fill(mine: Mine, variant: Variant): Promise<void> {
  const drillFolder = fileURLToPath(mine.drill.folder);
  const file = path.join(drillFolder, variant.file);
  const isWhole = variant.kind === "stub" || variant.kind === "solution";
  const names = isWhole ? await filesIn(path.dirname(file)) : [path.basename(file)];
  const entry = path.basename(stubOf(mine.drill).file);
  const unfinished = `${folderOf(mine)}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const copied = new Set(names.map((name) => path.join(path.dirname(file), name)));
  for (const name of names) {
    const from = path.join(path.dirname(file), name);
    const to = path.join(folderOf(mine), from === file ? entry : name);
    const text = await readFile(from, "utf8");
    const moved = relocateImports(text, { from, to, movesAlong: (each) => copied.has(each) });
    await writeFile(path.join(unfinished, path.basename(to)), moved);
  }
  await rename(unfinished, folderOf(mine));
  await furnish(mine);
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true });
  return entries.filter((entry) => entry.isFile() && entry.name !== "README.md").map(({ name }) => name);
}

/** What makes the folder a place to write in: the drill's packages by name, and a type check. */
async function furnish(mine: Mine): Promise<void> {
  const here = folderOf(mine);
  const drillFolder = fileURLToPath(mine.drill.folder);
  const modules = path.join(here, "node_modules");
  if (!existsSync(modules)) {
    await symlink(path.relative(here, path.join(drillFolder, "node_modules")), modules, "dir");
  }
  const root = path
    .relative(here, fileURLToPath(new URL("../../", mine.drill.folder)))
    .split(path.sep)
    .join("/");
  const settings = { extends: `${root}/tsconfig.base.json`, compilerOptions: { rootDir: root } };
  await writeFile(path.join(here, "tsconfig.json"), `${JSON.stringify(settings, null, 2)}\n`);
}
