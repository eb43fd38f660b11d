// `pnpm picture`: the report as the root README shows it, in both themes.
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { WeirError } from "@weir/core";
import { Command } from "commander";
import { chromium } from "playwright-core";
import { runCommand } from "./run-command.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const size = { width: 1040, height: 980 };

async function picture(report: string, flags: { readonly into: string }): Promise<void> {
  if (!existsSync(report)) {
    throw new WeirError("no-report", `${report} is not there: pnpm drill 1 writes one`, { kind: "programming" });
  }
  // The report must need nothing but itself: no network while its picture is taken.
  const browser = await chromium.launch({
    executablePath: findBrowser(process.env),
    args: ["--disable-gpu", "--no-sandbox"],
  });
  try {
    for (const colorScheme of ["light", "dark"] as const) {
      const page = await browser.newPage({ viewport: size, colorScheme, offline: true });
      await page.goto(pathToFileURL(path.resolve(report)).href);
      const file = path.join(flags.into, `report-${colorScheme}.png`);
      await page.screenshot({ path: file });
      process.stdout.write(`${path.relative(process.cwd(), file)}\n`);
      await page.close();
    }
  } finally {
    await browser.close();
  }
}

/** @throws WeirError `no-browser` */
function findBrowser(environment: NodeJS.ProcessEnv): string {
  const folders = (environment["PATH"] ?? "").split(path.delimiter);
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const found = folders
    .flatMap((folder) => names.map((name) => path.join(folder, name)))
    .find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new WeirError("no-browser", `No browser on the PATH (${names.join(", ")}): install Debian's chromium`, {
    kind: "programming",
  });
}

await runCommand(
  new Command("pnpm picture")
    .description("Takes a picture of a report in both themes, without a network.")
    .argument("[report]", "report.html of a run", path.join(root, "proofs/01-ingest/latest/report.html"))
    .option("--into <folder>", "where the pictures go", path.join(root, "drills/01-ingest"))
    .addHelpText("after", "\nExit codes: 0 done, 2 no report, or no browser.")
    .action(picture),
);
