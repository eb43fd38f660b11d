import { execFile } from "node:child_process";
import { rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { describeEnvironment } from "./environment.ts";
import { inDirectory } from "./tiny-drill.ts";

const run = promisify(execFile);

describe("the environment of a run", () => {
  it("has no commit where there is no repository, and everything else", async () => {
    await inDirectory(async (folder) => {
      const environment = await describeEnvironment(folder, { Postgres: "18.4" });
      expect(environment).toMatchObject({ commit: null, isDirty: false, versions: { Postgres: "18.4" } });
      expect(environment.node).toBe(process.versions.node);
      expect(environment.cores).toBeGreaterThan(0);
    });
  });

  it("tells the commit, and whether anything was changed since", async () => {
    await inDirectory(async (folder) => {
      const git = (...args: string[]): Promise<unknown> =>
        run("git", ["-C", folder, "-c", "user.name=a", "-c", "user.email=a@example.org", ...args]);
      await git("init", "--quiet");
      await git("commit", "--quiet", "--allow-empty", "--no-verify", "--message", "first");
      const clean = await describeEnvironment(folder, {});
      expect(clean).toMatchObject({ commit: expect.stringMatching(/^[0-9a-f]{12}$/), isDirty: false });
      await writeFile(path.join(folder, "new.txt"), "");
      expect(await describeEnvironment(folder, {})).toEqual({ ...clean, isDirty: true });
      await rm(path.join(folder, "new.txt"));
      await writeFile(path.join(folder, ".git", "index"), "no index");
      expect(await describeEnvironment(folder, {}), "where git cannot say").toEqual({ ...clean, isDirty: true });
    });
  });

  it("names neither machine, nor user, nor folder", async () => {
    await inDirectory(async (folder) => {
      const { system, versions, commit } = await describeEnvironment(folder, {});
      expect(system).toBe(`${process.platform} ${process.arch}`);
      expect(JSON.stringify([versions, commit])).not.toContain(os.hostname());
    });
  });
});
