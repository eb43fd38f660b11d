import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { NumberOptions } from "@weir/core/options";
import { expect, it } from "vitest";
import { idempotencyErrors } from "./idempotency-errors.ts";
import { idempotencyEventNames } from "./idempotency-events.ts";
import { inboxNumbers } from "./inbox-options.ts";
import { outboxNumbers } from "./outbox-options.ts";
import { relayNumbers } from "./relay-options.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");

/** The cells of the first table under a heading, without the padding that a formatter adds. */
function tableUnder(heading: string): string[][] {
  const section = readme.split(`${heading}\n`)[1]?.split(/\n##/)[0] ?? "";
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

it.each([
  ["createInbox", inboxNumbers],
  ["createOutbox", outboxNumbers],
  ["createOutboxRelay", relayNumbers],
])("lists the options of %s as they are checked", (factory, options) => {
  expect(tableUnder(`### Options of \`${factory}\``)).toEqual(optionRows(options));
});

it("lists every error with its kind", () => {
  const errors = [
    idempotencyErrors.invalidMessage([]),
    idempotencyErrors.outboxFull(1),
    idempotencyErrors.relayStarted("r"),
  ];
  const listed = tableUnder("## Errors").map(([code, kind]) => `${code} ${kind}`);
  expect(listed).toEqual(errors.map(({ code, kind }) => `\`${code}\` ${kind}`));
});

it("names every event", () => {
  const section = readme.split("## Events\n")[1]?.split("\n## ")[0] ?? "";
  for (const name of idempotencyEventNames) expect(section).toContain(`\`${name}\``);
});

it("shows examples that the compiler accepts", { timeout: 120_000 }, async () => {
  const examples = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = ""]) => code);
  expect(examples).toHaveLength(2);
  // Where this package's dependencies are found, and no tool of the project looks.
  const folder = mkdtempSync(fileURLToPath(new URL("../node_modules/readme-", import.meta.url)));
  const compiler = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin/tsc");
  try {
    writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
    const paths = { "@weir/idempotency": ["../../src/idempotency.ts"] };
    const settings = {
      extends: "../../../../tsconfig.base.json",
      compilerOptions: { paths, rootDir: "../../../..", noUnusedLocals: false },
    };
    writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(settings));
    for (const [i, code] of examples.entries()) writeFileSync(join(folder, `example-${i}.ts`), `${code}\nexport {};\n`);
    const checked = promisify(execFile)(process.execPath, [compiler, "--noEmit", "-p", folder]);
    const { stdout } = await checked.catch((failed: { stdout: string }) => failed);
    expect(stdout.split("\n").filter((line) => line.includes("example-"))).toEqual([]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
