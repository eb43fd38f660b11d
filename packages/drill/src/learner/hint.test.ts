import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { nextHint, readLastRun, rememberRun } from "./learner.ts";
import { tinyClaim, tinyDrill, tinyResult, type TinyDrill } from "./tiny-drill.ts";

let tiny: TinyDrill;
beforeEach(async () => {
  tiny = await tinyDrill();
});
afterEach(() => rm(tiny.root, { recursive: true }));

const mine = () => ({ drill: tiny.drill, folder: tiny.mine });
const held = { kind: "HOLDS", seen: 0, n: 5, isClose: false } as const;
const broken = { kind: "FALSIFIED", seen: 1, n: 5, witness: ["it was 41"] } as const;
const open = { kind: "UNKNOWN", cause: "nobody looked" } as const;
const hint = async (): Promise<string> => (await nextHint(mine())).join("\n");
const ran = (claims: Parameters<typeof tinyResult>[0], why?: string): Promise<void> =>
  rememberRun(mine(), { result: tinyResult(claims), directory: "proofs/x", ...(why !== undefined && { why }) });

it("climbs one rung each time, and the last one stays", async () => {
  await ran([tinyClaim("I1", broken)]);
  expect(await hint()).toContain("What is asked?");
  expect(await hint()).toContain("Look at the question");
  expect(await hint()).toContain("The answer is known");
  expect(await hint()).toContain("Hint 3 of 3");
});

it("is about the claim that was shown false, not about one that could not be judged", async () => {
  await ran([tinyClaim("I3", open), tinyClaim("I1", broken)]);
  expect(await hint()).toContain("on I1");
});

it("goes on where it was when the same claim fails again, and begins anew after it has held", async () => {
  await ran([tinyClaim("I1", broken)]);
  await hint();
  await ran([tinyClaim("I1", broken)]);
  expect(await hint()).toContain("Hint 2 of 3");
  await ran([tinyClaim("I1", held)]);
  expect(await hint()).toContain("nothing to hint at");
  await ran([tinyClaim("I1", broken)]);
  expect(await hint()).toContain("Hint 1 of 3");
});

it("helps a file that does not run at all", async () => {
  await ran([tinyClaim("I1", open)], "mine/09-tiny/answer.ts: nothing is exported");
  expect(await hint()).toContain("Does it load?");
});

it("before any run it says what to run", async () => {
  await expect(nextHint(mine())).rejects.toMatchObject({ code: "no-run" });
});

it("a claim without hints leads to the report", async () => {
  await ran([tinyClaim("I2", broken)]);
  expect(await hint()).toContain("proofs/x/report.html");
});

it("a damaged memory of the last run counts as none", async () => {
  await ran([tinyClaim("I1", broken)]);
  await writeFile(path.join(tiny.mine, ".state", "09-tiny.json"), "{");
  expect(await readLastRun(mine())).toBeUndefined();
});
