import { mkdir, readFile, readdir, readlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { createRunDirectory, pointLatest } from "./runs.ts";
import { inDirectory } from "./tiny-drill.ts";

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 24, 8, 0, second));

describe("the runs of a drill", () => {
  it("are kept for the last 20, and what is no run is left alone", async () => {
    await inDirectory(async (proofs) => {
      await mkdir(path.join(proofs, "00-tiny"));
      await writeFile(path.join(proofs, "00-tiny", "notes.txt"), "mine");
      for (let second = 0; second < 23; second += 1) await createRunDirectory(proofs, "00-tiny", at(second));
      const names = (await readdir(path.join(proofs, "00-tiny"))).toSorted();
      expect(names).toHaveLength(21);
      expect(names[0]).toBe("2026-11-24T08-00-03-000Z");
      expect(names.at(-2)).toBe("2026-11-24T08-00-22-000Z");
      expect(names.at(-1)).toBe("notes.txt");
    });
  });

  it("keep the newest even if the clock was set back", async () => {
    await inDirectory(async (proofs) => {
      for (let second = 10; second < 30; second += 1) await createRunDirectory(proofs, "00-tiny", at(second));
      const { id } = await createRunDirectory(proofs, "00-tiny", at(0));
      const names = await readdir(path.join(proofs, "00-tiny"));
      expect(names).toHaveLength(20);
      expect(names).toContain(id);
    });
  });

  it("never share a directory", async () => {
    await inDirectory(async (proofs) => {
      await createRunDirectory(proofs, "00-tiny", at(0));
      await expect(createRunDirectory(proofs, "00-tiny", at(0))).rejects.toMatchObject({ code: "EEXIST" });
    });
  });

  it("have a latest that leads to the last", async () => {
    await inDirectory(async (proofs) => {
      for (const second of [0, 1]) {
        const run = await createRunDirectory(proofs, "00-tiny", at(second));
        await writeFile(path.join(run.path, "report.md"), `run ${second}`);
        await pointLatest(run);
      }
      const latest = path.join(proofs, "00-tiny", "latest");
      expect(await readFile(path.join(latest, "report.md"), "utf8")).toBe("run 1");
      // Relative: the whole folder can be moved.
      expect(await readlink(latest)).toBe("2026-11-24T08-00-01-000Z");
      expect((await readdir(path.join(proofs, "00-tiny"))).filter((name) => name.startsWith("."))).toEqual([]);
    });
  });

  it("are named in a file where a link cannot be made", async () => {
    await inDirectory(async (proofs) => {
      const run = await createRunDirectory(proofs, "00-tiny", at(0));
      await mkdir(path.join(proofs, "00-tiny", "latest", "something"), { recursive: true });
      await pointLatest(run);
      expect(await readFile(path.join(proofs, "00-tiny", "latest.txt"), "utf8")).toBe(`${run.id}\n`);
      expect((await readdir(path.join(proofs, "00-tiny"))).filter((name) => name.startsWith("."))).toEqual([]);
    });
  });
});
