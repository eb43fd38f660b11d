import path from "node:path";
import type { Result } from "../result.ts";
import { writeSums } from "../sums.ts";
import { writeWhole } from "../whole-file.ts";
import { renderJunit } from "./junit.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderHtml } from "./page.ts";
import { renderSeriesCsv } from "./series-csv.ts";

/**
 * Writes `result.json`, its report in every form, and last of all the digests of all that lies in the run's directory:
 * the history must be closed by then. Each file is whole or not there.
 */
export async function writeReport(directory: string, result: Result): Promise<void> {
  const files = {
    "result.json": `${JSON.stringify(result, null, 2)}\n`,
    "report.html": renderHtml(result),
    "report.md": renderMarkdown(result),
    "junit.xml": renderJunit(result),
    "series.csv": renderSeriesCsv(result.series),
  };
  for (const [name, text] of Object.entries(files)) await writeWhole(path.join(directory, name), text);
  await writeSums(directory);
}
