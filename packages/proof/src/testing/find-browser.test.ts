import { chmod, mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, it } from "vitest";
import { inDirectory } from "../tiny-drill.ts";
import { findBrowser } from "./find-browser.ts";

it("finds what can be run on the path, in the path's order, and nothing else", async () => {
  await inDirectory(async (folder) => {
    const [first, second] = [path.join(folder, "a"), path.join(folder, "b")];
    await mkdir(first);
    await mkdir(second);
    await writeFile(path.join(first, "chromium"), "not to be run");
    await writeFile(path.join(second, "google-chrome"), "");
    await chmod(path.join(second, "google-chrome"), 0o755);
    const found = findBrowser(["", "relative", first, second].join(path.delimiter));
    expect(found).toBe(path.join(second, "google-chrome"));
  });
});
