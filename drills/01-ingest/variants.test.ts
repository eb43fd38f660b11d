import { readdir } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { hints } from "./hints.ts";
import { claimsUnder } from "./proof/claims.ts";
import { faultNames } from "./proof/facts.ts";
import { variants } from "./variants.ts";

const claimIds = new Set(faultNames.flatMap((fault) => claimsUnder(fault).map(({ id }) => id)));
const naive = variants.filter(({ kind }) => kind === "naive");

describe("the answers that are kept beside the drill", () => {
  it("are all there, each with its `prepare` and its `start`", async () => {
    for (const { file } of variants) {
      const module = (await import(new URL(file, import.meta.url).href)) as { readonly solution: object };
      expect(module.solution, file).toEqual({ prepare: expect.any(Function), start: expect.any(Function) });
    }
  });

  it("are all listed: no file in naive/ is left out", async () => {
    const files = await readdir(new URL("naive/", import.meta.url));
    expect(naive.map(({ file }) => file).toSorted()).toEqual(files.map((file) => `naive/${file}`).toSorted());
  });

  it("if believable mistakes, name a claim that is made under their fault", () => {
    for (const { name, falsifies, shownBy } of naive) {
      const fault = faultNames.find((known) => known === (shownBy?.fault ?? faultNames[0]));
      expect(fault, name).toBeDefined();
      expect(
        claimsUnder(fault ?? "kill").map(({ id }) => id),
        name,
      ).toContain(falsifies);
    }
  });
});

describe("the hints", () => {
  it("have three different rungs for each claim, and for a run that nobody could judge", () => {
    expect(Object.keys(hints).toSorted()).toEqual(["start", ...claimIds].toSorted());
    for (const [id, rungs] of Object.entries(hints)) {
      expect(new Set(rungs).size, id).toBe(3);
      for (const rung of rungs) expect(rung, id).toMatch(/[.?]$/);
    }
  });

  it("never give code away", () => {
    for (const [id, rungs] of Object.entries(hints)) {
      for (const rung of rungs) expect(rung, id).not.toMatch(/[{};]\s*$|=>|\bconst\b|\bawait\b|on conflict/);
    }
  });
});
