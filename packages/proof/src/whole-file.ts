import { rename, writeFile } from "node:fs/promises";

/** Writes a file so that it is whole or not there: nobody reads half of it. */
export async function writeWhole(file: string, text: string): Promise<void> {
  const unfinished = `${file}.unfinished`;
  await writeFile(unfinished, text);
  await rename(unfinished, file);
}
