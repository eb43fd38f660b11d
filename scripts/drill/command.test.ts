import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { drillIn } from "./start-drill.ts";

let root: string;
beforeEach(async () => {
  root = await mkdtemp(path.join(tmpdir(), "weir-command-"));
});
afterEach(() => rm(root, { recursive: true }));
// Each starts processes, and a busy machine takes seconds for one.
vi.setConfig({ testTimeout: 120_000 });

const mine = (...names: string[]): string => path.join(root, "mine", ...names);
const read = (file: string): Promise<string> => readFile(file, "utf8");

/** On a machine with nothing to run servers with. */
const drill = (...args: readonly string[]) =>
  drillIn(root, { PATH: root, HOME: root, WEIR_CACHE: root, WEIR_STATE: root })(...args);

it("without a word it lists the drills and the next step; with --json as one document on one line", async () => {
  const { code, stdout } = await drill();
  expect(code).toBe(0);
  expect(stdout).toMatch(/5 +dead letters/);
  expect(stdout).toContain("next: pnpm drill 1");
  const [line, ...rest] = (await drill("--json")).stdout.trimEnd().split("\n");
  expect(rest).toEqual([]);
  expect(JSON.parse(line ?? "")).toMatchObject({ format: "weir.drills/1", drills: [{ number: 1 }, {}, {}, {}, {}] });
});

it.each([
  [["ingst"], "did you mean ingest?"],
  [["chekc", "1"], "did you mean check?"],
  [["1", "--variant", "comit-before-write"], "did you mean commit-before-write?"],
  [["1", "--fault", "kil"], "did you mean kill?"],
  [["1", "--messages", "abc"], '--messages: expected a whole number from 1000 to 1000000 (messages), given "abc"'],
  [["1", "--mine", "--variant", "by-hand"], "cannot be used with"],
  [["1", "--tier", "memroy"], "memory, real"],
  [["reset", "1", "--from", "soluton"], "did you mean solution?"],
])("%j is refused with what was meant, exit code 2, and nothing on stdout", async (args, sentence) => {
  const { code, stdout, stderr } = await drill(...args);
  expect(stderr).toContain(sentence);
  expect(code).toBe(2);
  expect(stdout).toBe("");
});

it("--help of a drill shows its parameters with defaults and bounds, its faults, and its variants with what catches them", async () => {
  const { code, stdout } = await drill("1", "--help");
  expect(code).toBe(0);
  expect(stdout.replaceAll(/\s+/g, " ")).toContain("(default 50,000, 1,000 to 1,000,000)");
  expect(stdout).toMatch(/^ {2}pause +\S/m);
  expect(stdout).toMatch(/^ {2}commit-before-write +I6: /m);
});

it("reset makes the files from the exercise, keeps what was there, and restore brings it back", async () => {
  const first = await drill("reset", "1");
  expect(first).toMatchObject({ code: 0, stderr: "" });
  const file = mine("01-ingest", "ingest.ts");
  const stub = await read(file);
  await writeFile(file, "an evening's work");
  const again = await drill("reset", "1");
  expect(again.stdout).toContain("pnpm drill restore 1");
  expect(await read(file)).toBe(stub);
  expect((await drill("restore", "1")).code).toBe(0);
  expect(await read(file)).toBe("an evening's work");
});

it("reset --from begins with that variant's file", async () => {
  await drill("reset", "1", "--from", "commit-before-write");
  expect(await read(mine("01-ingest", "ingest.ts"))).toContain("drills/01-ingest/contract.ts");
});

it("restore with nothing kept, and a hint before any run, say what to do", async () => {
  expect(await drill("restore", "1")).toMatchObject({ code: 2, stdout: "" });
  const { code, stderr } = await drill("1", "--hint");
  expect(code).toBe(2);
  expect(stderr).toContain("pnpm drill 1 --mine");
});

it("clean asks first: off a terminal it takes --yes, and --dry-run only tells", async () => {
  const run = path.join(root, "proofs", "01-ingest", "2026-11-24T10-00-00-000Z");
  await mkdir(run, { recursive: true });
  const { code, stderr } = await drill("clean", "1");
  expect(code).toBe(2);
  expect(stderr).toContain("--yes");
  expect((await drill("clean", "1", "--dry-run")).stdout).toContain("Would remove 1 run");
  expect(existsSync(run)).toBe(true);
  expect((await drill("clean", "1", "--yes")).code).toBe(0);
  expect(existsSync(run)).toBe(false);
});
