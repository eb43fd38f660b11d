import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";
import { inDirectory } from "./tiny-drill.ts";

const folder = fileURLToPath(new URL("..", import.meta.url));
const readme = readFileSync(`${folder}README.md`, "utf8");
const example = /```ts\n(.*?)```\s+It prints\n\n```\n(.*?)```/s.exec(readme);

it("shows an example that runs, and what it prints", { timeout: 60_000 }, async () => {
  const flags = ["--input-type=module-typescript", "--eval", example?.[1] ?? "console.log('no example')"];
  await inDirectory(async (directory) => {
    const env = { ...process.env, TMPDIR: directory };
    const { stdout, stderr } = await promisify(execFile)(process.execPath, flags, {
      cwd: folder,
      timeout: 50_000,
      env,
    });
    expect(stderr).toBe("");
    expect(stdout).toBe(example?.[2]);
  });
});
