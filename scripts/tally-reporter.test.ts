import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, it } from "vitest";
import type { Tally } from "./tally-reporter.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
mkdirSync(join(root, ".weir"), { recursive: true });
const scratch = mkdtempSync(join(root, ".weir", "tally-"));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const head = 'import { beforeAll, describe, expect, it } from "vitest";\n';

/** Runs vitest on files made for one case, as a child, and answers with what the reporter wrote. */
async function tally(name: string, files: Readonly<Record<string, string>>): Promise<Tally> {
  const folder = join(scratch, name);
  mkdirSync(folder);
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), head + text);
  const file = join(folder, "tally.json");
  const reporter = join(root, "scripts", "tally-reporter.ts");
  const argv = [join(root, "node_modules", "vitest", "vitest.mjs"), "run", "--root", folder, "--reporter", reporter];
  const env = { ...process.env, WEIR_TALLY: file };
  await new Promise((resolve) => {
    execFile(process.execPath, argv, { env, cwd: folder }, resolve);
  });
  return JSON.parse(readFileSync(file, "utf8")) as Tally;
}

describe("the tally of a test run", { timeout: 60_000 }, () => {
  it("counts what passed, what failed, and what was skipped with its reason", async () => {
    const counted = await tally("plain", {
      "a.test.ts": `
        it("passes", () => {});
        it("fails", () => expect(1).toBe(2));
        it("says why", (context) => context.skip("no engine here"));
        it.todo("is marked", { meta: { reason: "comes with the memory tier" } });
        describe.skip("a marked suite", { meta: { reason: "no browser" } }, () => { it("inside", () => {}); });`,
      "b.test.ts": `it("passes too", () => {});`,
    });
    expect(counted).toEqual({
      passed: 2,
      failed: 1,
      skipped: [
        { title: "says why", reason: "no engine here" },
        { title: "is marked", reason: "comes with the memory tier" },
        { title: "a marked suite > inside", reason: "no browser" },
      ],
      failures: ["a.test.ts > fails: failed"],
    });
  });

  it("counts as failed what vitest's own last lines leave out", async () => {
    const counted = await tally("hidden", {
      "hook.test.ts": `describe("suite", () => { beforeAll(() => { throw new Error("hook"); }); it("never runs", () => {}); });`,
      "load.test.ts": `throw new Error("load");`,
      "unhandled.test.ts": `it("passes", async () => {
        setImmediate(() => { throw new Error("nobody catches me"); });
        await new Promise((resolve) => { setImmediate(() => setImmediate(resolve)); });
      });`,
    });
    expect(counted.passed).toBe(1);
    expect(counted.failures.toSorted()).toEqual([
      "an error that nobody caught: nobody catches me",
      "hook.test.ts > suite > never runs: did not run, without a reason",
      "hook.test.ts > suite: a hook of it failed",
      "load.test.ts: does not load, or a hook of it failed",
    ]);
    expect(counted.failed).toBe(4);
  });

  it("counts a skip without a reason as failed, so that an only can't hide the others", async () => {
    const counted = await tally("bare", { "a.test.ts": `it.only("alone", () => {}); it("left out", () => {});` });
    expect(counted.passed).toBeLessThanOrEqual(1);
    expect(counted.failures).toContain("a.test.ts > left out: did not run, without a reason");
    expect(counted.skipped).toEqual([]);
  });
});
