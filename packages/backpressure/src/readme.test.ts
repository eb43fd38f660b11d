import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { NumberOptions } from "@weir/core/options";
import { expect, it } from "vitest";
import { backpressureErrors } from "./backpressure-errors.ts";
import {
  gaugeNumbers,
  loopDelayNumbers,
  mapNumbers,
  rateNumbers,
  sharedRateNumbers,
  threadNumbers,
} from "./option-rows.ts";

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

function optionRows(options: NumberOptions): string[][] {
  return Object.entries(options).map(([name, row]) => {
    const usual = row.default === undefined ? "–" : String(row.default);
    return [`\`${name}\``, usual, `${row.min} – ${row.max} ${row.unit}`, row.meaning, row.tooLow, row.tooHigh];
  });
}

it("shows an example that runs, and what it prints", async () => {
  const [, code = "", printed] = /```ts\n(.*?)```\s+It prints\n\n```\n(.*?)```/s.exec(readme) ?? [];
  const flags = ["--input-type=module-typescript", "--eval", code];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, flags, { cwd: folder, timeout: 60_000 });
  expect(stderr).toBe("");
  expect(stdout).toBe(printed);
}, 60_000);

it.each([
  ["A map with a bound", mapNumbers],
  ["Work on threads", threadNumbers],
  ["Rate limits", { ...rateNumbers, ...sharedRateNumbers }],
  ["Gauges", { ...gaugeNumbers, ...loopDelayNumbers }],
])("lists the options under %s as they are checked", (heading, options) => {
  expect(tableUnder(heading)).toEqual(optionRows(options));
});

it("lists every error with its kind", () => {
  const errors = [
    backpressureErrors.deadlineExceeded(0, 0),
    backpressureErrors.cancelled("", ""),
    backpressureErrors.wrongState(""),
    backpressureErrors.overloaded(0),
    backpressureErrors.threadLost(""),
    backpressureErrors.noThreadFunction(""),
    backpressureErrors.permitsTooLate("", 0, 0),
  ];
  expect(errors).toHaveLength(Object.keys(backpressureErrors).length);
  expect(tableUnder("Errors").map(([code, kind]) => `${code} ${kind}`)).toEqual(
    errors.map(({ code, kind }) => `\`${code}\` ${kind}`),
  );
});
