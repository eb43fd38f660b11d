import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
mkdirSync(join(root, ".weir"), { recursive: true });
const scratch = mkdtempSync(join(root, ".weir", "start-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

mkdirSync(join(scratch, "scripts"));
copyFileSync(join(root, "scripts", "start.mjs"), join(scratch, "scripts", "start.mjs"));
writeFileSync(join(scratch, "scripts", "drill.ts"), "console.log(JSON.stringify(process.argv.slice(2)));\n");

/** Starts a script in a copy whose root package needs these dependencies; none of them is installed. */
function start(argv: readonly string[], dependencies: Readonly<Record<string, string>>) {
  writeFileSync(join(scratch, "package.json"), JSON.stringify({ packageManager: "pnpm@10.34.9", dependencies }));
  return spawnSync(process.execPath, [join("scripts", "start.mjs"), ...argv], { cwd: scratch, encoding: "utf8" });
}

describe("starting a script", () => {
  it("says what to run when dependencies are missing, as with pnpm 9 on a fresh clone", () => {
    const { status, stderr, stdout } = start(["drill", "1"], { pg: "catalog:" });
    expect(status).toBe(2);
    expect(stderr).toBe(
      "Dependencies are not installed (pg): run `pnpm install`, or without pnpm `npx --yes pnpm@10.34.9 install`.\n",
    );
    expect(stdout).toBe("");
  });

  it("ends the tests with their two lines even then", () => {
    expect(start(["test"], { pg: "catalog:" })).toMatchObject({ status: 2, stdout: "0 skipped\n0 passed, 1 failed\n" });
  });

  it("hands the arguments on as they were", () => {
    expect(start(["drill", "1", "--seed", "7"], {})).toMatchObject({ status: 0, stdout: '["1","--seed","7"]\n' });
  });
});
