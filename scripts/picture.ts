// `pnpm picture`: a report as the root README shows it, in both themes.
import { existsSync } from "node:fs";
import path from "node:path";
import { WeirError } from "@weir/core";
import { picture } from "@weir/proof/testing";
import { Command } from "commander";
import { asTyped, placesOf } from "./drill/places.ts";
import { runCommand } from "./run-command.ts";

const places = placesOf(process.env);
const size = { width: 960, height: 830, pixelRatio: 1, extent: "window" } as const;

async function takePictures(report: string, flags: { readonly into: string }): Promise<void> {
  if (!existsSync(report)) {
    throw new WeirError("no-report", `${report} is not there: pnpm drill 1 writes one`, { kind: "programming" });
  }
  for (const theme of ["light", "dark"] as const) {
    const file = path.join(flags.into, `report-${theme}.png`);
    await picture(report, file, { ...size, theme });
    process.stdout.write(`${asTyped(file)}\n`);
  }
}

const latest = path.join(places.proofs, "01-ingest/latest/report.html");

await runCommand(
  new Command("pnpm picture")
    .description("Takes a picture of a report in both themes, without a network.")
    .argument("[report]", `report.html of a run (default ${asTyped(latest)})`)
    .option("--into <folder>", "where the pictures go", asTyped(path.join(places.root, "drills/01-ingest")))
    .addHelpText("after", "\nExit codes: 0 done, 2 no report, or no browser.")
    .action((report: string | undefined, flags: { into: string }) => takePictures(report ?? latest, flags)),
);
