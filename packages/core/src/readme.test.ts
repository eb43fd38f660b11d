import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { asWeirError, coreErrors } from "./errors.ts";
import { pipelineEventNames } from "./events.ts";
import { batchNumbers, pipelineNumbers, processNumbers, pushNumbers } from "./option-rows.ts";
import type { NumberOptions } from "./options.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${folder}README.md`, "utf8");

/** The cells of the table under a heading, without the padding that a formatter adds. */
function tableUnder(heading: string): string[][] {
  const section = readme.split(`## ${heading}\n`)[1]?.split("\n## ")[0] ?? "";
  const rows = section.split("\n").filter((line) => line.startsWith("|"));
  return rows.slice(2).map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function optionRows(path: string, options: NumberOptions): string[][] {
  return Object.entries(options).map(([name, row]) => {
    const usual = row.default === undefined ? "–" : String(row.default);
    return [`\`${path}${name}\``, usual, `${row.min} – ${row.max} ${row.unit}`, row.meaning, row.tooLow, row.tooHigh];
  });
}

const examples = [...readme.matchAll(/```ts\n(.*?)```\s+It prints\n\n```\n(.*?)```/gs)].map(
  ([, code = "", printed = ""]) => ({ code, printed }),
);

it("has examples", () => expect(examples).toHaveLength(2));

it.each(examples)("shows an example that runs, and what it prints", async ({ code, printed }) => {
  const flags = ["--input-type=module-typescript", "--eval", code];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, flags, { cwd: folder, timeout: 20_000 });
  expect(stderr).toBe("");
  expect(stdout).toBe(printed);
});

it("lists every option as it is checked", () => {
  expect(tableUnder("Options of `createPipeline`")).toEqual([
    ...optionRows("", pipelineNumbers),
    ...optionRows("process.", processNumbers),
    ...optionRows("batch.", batchNumbers),
  ]);
});

it("lists the options of a push source as they are checked", () => {
  expect(tableUnder("Several sources")).toEqual(optionRows("", pushNumbers));
});

it("lists every event", () => {
  expect(tableUnder("Events").map(([name]) => name)).toEqual(pipelineEventNames.map((name) => `\`${name}\``));
});

it("lists every error with its kind", () => {
  const errors = [
    coreErrors.invalidOptions([]),
    coreErrors.brokenSource("", ""),
    coreErrors.invalidAnswer("", { origin: { id: "" }, offset: 0 }, ""),
    coreErrors.overloaded("", 0),
    coreErrors.wrongState(""),
    coreErrors.closeTimeout("", 0),
    asWeirError(new Error("x")),
  ];
  expect(tableUnder("Errors").map(([code, kind]) => `${code} ${kind}`)).toEqual(
    errors.map(({ code, kind }) => `\`${code}\` ${kind}`),
  );
});
