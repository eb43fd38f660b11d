import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describeLive, liveServices } from "@weir/services/testing";
import { expect, it } from "vitest";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const [example] = [...readme.matchAll(/```ts\n(.*?)```/gs)].map(([, code = ""]) => code);

describeLive("the README", () => {
  it("shows an example that runs: the solution holds on the memory tier, every claim of it", async () => {
    const env = { ...process.env, SERVICES: "external", DATABASE_URL: liveServices().databaseUrl };
    const flags = ["--input-type=module-typescript", "--eval", example ?? ""];
    const { stdout } = await promisify(execFile)(process.execPath, flags, { cwd: root, env });
    expect(stdout).toContain("HOLDS on the memory tier");
    expect(stdout).not.toMatch(/UNKNOWN|FALSIFIED/);
  }, 120_000);
});
