import path from "node:path";
import { writeWhole } from "../whole-file.ts";
import { renderOverviewMarkdown } from "./overview-markdown.ts";
import { renderOverviewHtml } from "./overview-page.ts";
import { overviewOf, type Overview } from "./overview.ts";
import { readRuns } from "./read-runs.ts";

/** Writes `index.html` and `index.md` over all runs that `proofs` holds. Answers with what they say. */
export async function writeIndex(proofs: string): Promise<Overview> {
  const overview = overviewOf(await readRuns(proofs));
  await writeWhole(path.join(proofs, "index.html"), renderOverviewHtml(overview));
  await writeWhole(path.join(proofs, "index.md"), renderOverviewMarkdown(overview));
  return overview;
}
