import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { metricsNumbers, serverNumbers } from "./option-rows.ts";
import { alertRules, createMetrics } from "./telemetry.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${folder}README.md`, "utf8");

/** The cells of the table with this first heading, without the padding that a formatter adds. */
function tableOf(heading: string): string[][] {
  const lines = readme.split("\n");
  const first = lines.findIndex((line) => line.startsWith(`| ${heading} `));
  const table = lines.slice(first + 2);
  const rows = table.slice(
    0,
    table.findIndex((line) => !line.startsWith("|")),
  );
  return rows.map((row) =>
    row
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

it("shows an example that runs, and what it prints", async () => {
  const [, code = "", printed] = /```ts\n(.*?)```\s+It prints\n\n```\n(.*?)```/s.exec(readme) ?? [];
  const flags = ["--input-type=module-typescript", "--eval", code];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, flags, { cwd: folder, timeout: 60_000 });
  expect(stderr).toBe("");
  expect(stdout).toBe(printed);
}, 60_000);

it("lists every metric that is served, with its kind and its meaning", async () => {
  const metrics = createMetrics({ pipelines: [] });
  const served = (await metrics.text()).matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\w+)/gm);
  metrics.close();
  expect(tableOf("metric")).toEqual([...served].map(([, name, help, kind]) => [`\`${name}\``, kind, help]));
});

it("lists every option as it is checked, and every alert rule", () => {
  const options = Object.entries({ ...metricsNumbers, ...serverNumbers });
  expect(tableOf("option")).toEqual(
    options.map(([name, row]) => [
      `\`${name}\``,
      String(row.default),
      `${row.min} – ${row.max} ${row.unit}`.trim(),
      row.meaning,
      row.tooLow,
      row.tooHigh,
    ]),
  );
  expect(tableOf("alert")).toEqual(alertRules.map((rule) => [`\`${rule.alert}\``, `\`${rule.expr}\``, rule.for]));
});
