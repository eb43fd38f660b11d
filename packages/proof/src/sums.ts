import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { pipeline } from "node:stream/promises";
import { writeWhole } from "./whole-file.ts";

/** As `sha256sum` writes and reads it: `cd DIR && sha256sum --check SHA256SUMS`. */
export const sumsFile = "SHA256SUMS";

/** Writes the digest of every file below a directory, its own excepted. What is a link is not followed. */
export async function writeSums(directory: string): Promise<void> {
  const lines: string[] = [];
  for (const name of await filesBelow(directory)) lines.push(`${await digest(path.join(directory, name))}  ${name}\n`);
  await writeWhole(path.join(directory, sumsFile), lines.join(""));
}

export interface SumsFault {
  readonly code: "sums-unreadable" | "file-changed" | "file-missing" | "file-unlisted";
  readonly sentence: string;
}

/** Holds a directory against its list: every file there, none changed, none besides. */
export async function checkSums(directory: string): Promise<{ readonly files: number; readonly faults: SumsFault[] }> {
  const listed = await readSums(directory);
  if (typeof listed === "string") return { files: 0, faults: [{ code: "sums-unreadable", sentence: listed }] };
  const there = new Set(await filesBelow(directory));
  const faults: SumsFault[] = [];
  for (const [name, wanted] of listed) {
    if (!there.delete(name))
      faults.push({ code: "file-missing", sentence: `${name} is listed in ${sumsFile} and not there` });
    else if ((await digest(path.join(directory, name))) !== wanted)
      faults.push({
        code: "file-changed",
        sentence: `${name} is not what it was: its SHA-256 is not the one in ${sumsFile}`,
      });
  }
  for (const name of there)
    faults.push({ code: "file-unlisted", sentence: `${name} is there and not listed in ${sumsFile}` });
  return { files: listed.size, faults };
}

/** Name to digest; as a string, why there is no such list. */
async function readSums(directory: string): Promise<ReadonlyMap<string, string> | string> {
  const text = await readFile(path.join(directory, sumsFile), "utf8").catch(() => undefined);
  if (text === undefined) return `there is no ${sumsFile}, so nothing says what the files were`;
  const lines = text.split("\n").filter((line) => line !== "");
  const pairs = lines.map((line) => /^([0-9a-f]{64}) [ *](.+)$/.exec(line));
  const wrong = pairs.findIndex((pair) => pair === null);
  if (wrong !== -1) return `line ${wrong + 1} of ${sumsFile} is no digest with a name`;
  return new Map(pairs.map((pair) => [pair?.[2] ?? "", pair?.[1] ?? ""]));
}

/** Sorted, with slashes, from the directory on. */
async function filesBelow(directory: string): Promise<string[]> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".unfinished"))
    .map((entry) => path.relative(directory, path.join(entry.parentPath, entry.name)).replaceAll(path.sep, "/"))
    .filter((name) => name !== sumsFile)
    .toSorted();
}

async function digest(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}
