import { rename, writeFile } from "node:fs/promises";
import path from "node:path";
import type { Result } from "../result.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderHtml } from "./page.ts";

/** Writes `result.json`, `report.html` and `report.md`. Each is whole or not there: nobody reads half a report. */
export async function writeReport(directory: string, result: Result): Promise<void> {
  await writeWhole(path.join(directory, "result.json"), `${JSON.stringify(result, null, 2)}\n`);
  await writeWhole(path.join(directory, "report.html"), renderHtml(result));
  await writeWhole(path.join(directory, "report.md"), renderMarkdown(result));
}

async function writeWhole(file: string, text: string): Promise<void> {
  const unfinished = `${file}.unfinished`;
  await writeFile(unfinished, text);
  await rename(unfinished, file);
}
