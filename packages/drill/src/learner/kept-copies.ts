import { existsSync } from "node:fs";
import { cp, mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";

/** Copies of one drill that are kept. */
const keptMax = 20;

export interface KeptFor {
  readonly drill: { readonly id: string };
  /** The folder that holds the learner's files of all drills. */
  readonly folder: string;
}

const keptFolder = ({ drill, folder }: KeptFor): string => path.join(folder, ".kept", drill.id);

/** Copies what the learner has, before anything is done to it. `undefined`: there was nothing. */
export async function keepCopy(mine: KeptFor, now: Date): Promise<string | undefined> {
  const here = path.join(mine.folder, mine.drill.id);
  if (!existsSync(here)) return undefined;
  const place = await freePlace(keptFolder(mine), now);
  // The link to the packages is made anew at each place.
  await cp(here, place, { recursive: true, filter: (file) => path.basename(file) !== "node_modules" });
  for (const old of (await copies(mine)).slice(0, -keptMax)) await rm(old, { recursive: true, force: true });
  return place;
}

export async function newestCopy(mine: KeptFor): Promise<string | undefined> {
  return (await copies(mine)).at(-1);
}

/** The oldest first: their names sort by time. */
async function copies(mine: KeptFor): Promise<string[]> {
  if (!existsSync(keptFolder(mine))) return [];
  const names = await readdir(keptFolder(mine));
  return names.toSorted().map((name) => path.join(keptFolder(mine), name));
}

/** A folder of this millisecond, or of the next that is free: a copy never lands in an older one. */
async function freePlace(folder: string, now: Date): Promise<string> {
  await mkdir(folder, { recursive: true });
  for (let at = now.getTime(); ; at += 1) {
    const place = path.join(folder, new Date(at).toISOString().replaceAll(/[:.]/g, "-"));
    if (!existsSync(place)) return place;
  }
}
