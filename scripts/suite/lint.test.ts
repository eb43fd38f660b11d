import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
mkdirSync(join(root, ".weir"), { recursive: true });
const scratch = mkdtempSync(join(root, ".weir", "lint-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** The house's own configuration, but for what it ignores: git ignores the scratch folder, and so would the linter. */
const configuration = JSON.parse(readFileSync(join(root, ".oxlintrc.json"), "utf8")) as Record<string, unknown>;
writeFileSync(join(scratch, "oxlintrc.json"), JSON.stringify({ ...configuration, ignorePatterns: [] }));

/** Which rules object to these files, in alphabetical order, once each. */
function lint(files: Readonly<Record<string, string>>): string[] {
  for (const [file, text] of Object.entries(files)) writeFileSync(join(scratch, file), text);
  const argv = ["--no-ignore", "--config", "oxlintrc.json", "--format", "json", ...Object.keys(files)];
  const { stdout } = spawnSync(join(root, "node_modules", ".bin", "oxlint"), argv, { cwd: scratch, encoding: "utf8" });
  const { diagnostics, number_of_files } = JSON.parse(stdout) as {
    diagnostics: { code: string }[];
    number_of_files: number;
  };
  expect(number_of_files).toBe(Object.keys(files).length);
  return [...new Set(diagnostics.map(({ code }) => code))].toSorted();
}

describe("the linter", { timeout: 30_000 }, () => {
  it("has nothing against awaited promises", () => {
    expect(lint({ "sound.ts": "async function work(): Promise<void> {}\nawait work();\n" })).toEqual([]);
  });

  it("finds a promise that nobody awaits, within a package", () => {
    expect(lint({ "within.ts": "async function work(): Promise<void> {}\nwork();\nexport const done = 1;\n" })).toEqual(
      ["typescript(no-floating-promises)"],
    );
  });

  // Types of a package that is not installed are `any`, and the promise goes unseen: the type check finds that.
  it("finds a promise that nobody awaits, from another package", () => {
    const across =
      'import type { Pipeline } from "@weir/core";\nexport function begin(pipeline: Pipeline): void {\n  pipeline.start();\n}\n';
    expect(lint({ "across.ts": across })).toEqual(["typescript(no-floating-promises)"]);
  });

  it("finds a promise where none is expected", () => {
    const misused =
      "async function work(): Promise<void> {}\nfor (const _ of [1]) [1].map(String).forEach(async () => work());\nif (work()) process.exit();\n";
    expect(lint({ "misused.ts": misused })).toContain("typescript(no-misused-promises)");
  });

  it("finds files that import each other", () => {
    const left = 'import { right } from "./right.ts";\nexport const left = (): unknown => right;\n';
    const right = 'import { left } from "./left.ts";\nexport const right = (): unknown => left;\n';
    expect(lint({ "left.ts": left, "right.ts": right })).toContain("import(no-cycle)");
  });

  it("finds an import that nobody uses, any, and a way into another package past its entry", () => {
    expect(lint({ "unused.ts": 'import { readFileSync } from "node:fs";\n' })).toContain("eslint(no-unused-vars)");
    expect(lint({ "any.ts": "export const open: any = 1;\n" })).toContain("typescript(no-explicit-any)");
    expect(lint({ "past.ts": 'export { publish } from "../../packages/core/src/events.ts";\n' })).toContain(
      "eslint(no-restricted-imports)",
    );
  });
});
