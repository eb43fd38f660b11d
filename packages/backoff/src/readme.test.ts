import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { NumberOptions } from "@weir/core/options";
import { expect, it } from "vitest";
import { backoffRows } from "./backoff-options.ts";
import { retryBudgetRows } from "./retry-budget.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${folder}README.md`, "utf8");

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
    return [
      `\`${name}\``,
      String(row.default),
      `${row.min} – ${row.max} ${row.unit}`,
      row.meaning,
      row.tooLow,
      row.tooHigh,
    ];
  });
}

it("lists every option as it is checked", () => {
  expect(tableUnder("Options of `createBackoff`")).toEqual(optionRows(backoffRows));
  expect(tableUnder("Options of `createRetryBudget`")).toEqual(optionRows(retryBudgetRows));
});

it("shows an example that runs, and what it prints", async () => {
  const [, code = "", printed = ""] = /```ts\n(.*?)```\s+It prints\n\n```\n(.*?)```/s.exec(readme) ?? [];
  expect(code).not.toBe("");
  const flags = ["--input-type=module-typescript", "--eval", code];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, flags, { cwd: folder, timeout: 20_000 });
  expect(stderr).toBe("");
  expect(stdout).toBe(printed);
});
