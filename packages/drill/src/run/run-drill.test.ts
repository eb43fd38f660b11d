import { rm } from "node:fs/promises";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Drill, Variant } from "../drill.ts";
import { tinyClaim, tinyDrill, tinyResult, type TinyDrill } from "../learner/tiny-drill.ts";
import { runDrill } from "./run-drill.ts";
import { usualNext } from "./usual-next.ts";

let tiny: TinyDrill;
let said: string;
beforeEach(async () => {
  tiny = await tinyDrill();
  said = "";
  vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    said += String(text);
    return true;
  });
});
afterEach(async () => {
  vi.restoreAllMocks();
  await rm(tiny.root, { recursive: true });
});

const seed = { meaning: "seed", unit: "number", min: 0, max: 9, default: undefined, tooLow: "", tooHigh: "" } as const;

/** Nothing of this gets as far as a server. */
function run(numbers: Record<string, unknown>, more: { fault?: string; tier?: "memory" | "real" } = {}) {
  const faults: Drill["faults"] = [
    { name: "kill", told: "one dies", tiers: ["memory", "real"] },
    { name: "split", told: "one is cut off", tiers: ["real"] },
  ];
  const drill: Drill = { ...tiny.drill, parameters: { seed }, faults };
  const [, solution] = drill.variants as [Variant, Variant];
  return runDrill(drill, { root: tiny.root, variant: solution, module: "file:///x.ts", numbers, ...more });
}

it("a number out of range is an error that says what was typed, before anything starts", async () => {
  expect(await run({ seed: "abc" })).toEqual({ code: 2 });
  expect(said).toContain("--seed");
  expect(said).toContain("abc");
});

it("a mistyped fault is an error with what was meant", async () => {
  expect(await run({}, { fault: "splot" })).toEqual({ code: 2 });
  expect(said).toContain("did you mean split?");
});

it("a fault that a tier does not have is an error that names those that it has", async () => {
  expect(await run({}, { fault: "split", tier: "memory" })).toEqual({ code: 2 });
  expect(said).toContain("split needs real servers; on the memory tier there are kill");
});

it("all that is wrong is told at once", async () => {
  await run({ seed: 10, sead: 1 }, { fault: "x" });
  expect(said).toContain("--seed");
  expect(said).toContain("sead");
  expect(said).toContain("--fault");
});

it("the next seed is one that can be given: after the last comes the first", () => {
  const drill: Drill = { ...tiny.drill, parameters: { seed } };
  const held = tinyResult([tinyClaim("I1", { kind: "HOLDS", seen: 0, n: 5, isClose: false })]);
  expect(usualNext(drill, held)).toContain("--seed 2 ");
  expect(usualNext(drill, { ...held, seed: 9 })).toContain("--seed 0 ");
});
