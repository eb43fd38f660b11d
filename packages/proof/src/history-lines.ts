import { createReadStream } from "node:fs";

/** Longer than this is no record. */
const lineCharactersMax = 64 * 1024 * 1024;

export interface HistoryLine {
  readonly text: string;
  /** Does it end with a line feed? A record without one was cut. */
  readonly isWhole: boolean;
}

/**
 * A file's lines, a piece of the file in memory at a time. Only a line feed ends one: `node:readline` also splits at
 * U+2028 and U+2029, which JSON leaves as they are inside a string.
 */
export async function* readLines(file: string): AsyncGenerator<HistoryLine> {
  let rest = "";
  for await (const chunk of createReadStream(file, "utf8") as AsyncIterable<string>) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const text of lines) yield { text, isWhole: true };
    if (rest.length > lineCharactersMax) break;
  }
  if (rest !== "") yield { text: rest, isWhole: false };
}
