import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Controls } from "@weir/proof";

const fileOf = (proofs: string, drill: string): string => path.join(proofs, drill, "controls.json");

export async function writeControls(proofs: string, drill: string, controls: Controls): Promise<string> {
  const file = fileOf(proofs, drill);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(`${file}.unfinished`, `${JSON.stringify(controls, null, 2)}\n`);
  await rename(`${file}.unfinished`, file);
  return file;
}

/** Controls of another commit say nothing about this one: `undefined`, as where there are none. */
export async function controlsOf(proofs: string, drill: string, commit: string | null): Promise<Controls | undefined> {
  try {
    const controls = JSON.parse(await readFile(fileOf(proofs, drill), "utf8")) as Controls;
    return commit !== null && controls.commit === commit ? controls : undefined;
  } catch {
    return undefined;
  }
}
