import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { failureStory } from "./learner.ts";
import { tinyClaim, tinyDrill, tinyResult, type TinyDrill } from "./tiny-drill.ts";

let tiny: TinyDrill;
let directory: string;
beforeEach(async () => {
  tiny = await tinyDrill();
  directory = path.join(tiny.root, "run");
  await mkdir(directory);
});
afterEach(() => rm(tiny.root, { recursive: true }));

const records = [
  { t: 0, kind: "declared" },
  {
    t: 1,
    kind: "topic",
    records: [
      [2, 116, 4],
      [2, 117, 5],
    ],
  },
  { t: 2, kind: "delivered", partition: 2, from: 100, to: 130 },
  { t: 3, kind: "delivered", partition: 1, from: 100, to: 130 },
  { t: 4, kind: "kill", partitions: [{ partition: 2, committed: 120, committedNotWritten: [117] }] },
  { t: 5, kind: "topic", records: [[117, 2, 4]] },
];

async function storyOf(witness: readonly string[], variant = "mine"): Promise<string> {
  const history = records.map((record) => JSON.stringify(record)).join("\n");
  await writeFile(path.join(directory, "history.ndjson"), `${history}\n`);
  const broken = { kind: "FALSIFIED", seen: 3, n: 50, witness } as const;
  const claims = [tinyClaim("I1", broken), tinyClaim(variant === "too-few" ? "I2" : "I3", broken)];
  return (await failureStory({ drill: tiny.drill, result: tinyResult(claims, variant), directory })).join("\n");
}

it("tells what was claimed, what happened, and which known mistake it resembles", async () => {
  const story = await storyOf(["message 5 at partition 2, offset 117 has no row"]);
  expect(story).toContain("The answer of I1 is right (= 0 answers)");
  expect(story).toContain("3 answers, of 50 looked at");
  expect(story).toContain("message 5 at partition 2, offset 117 has no row");
  expect(story).toContain("off-by-one: “counting starts at one” (pnpm drill 9 --variant off-by-one)");
  expect(story).not.toContain("too-few");
  expect(story).toContain("I1 (false too: I3)");
});

it("names the lines of the history that speak of the witness, in rows, ranges and lists, and no others", async () => {
  expect(await storyOf(["message 5 at partition 2, offset 117 has no row"])).toContain(
    "line 2 (topic), 3 (delivered), 5 (kill): partition 2, offset 117",
  );
});

it("without a place in the witness the whole history is named", async () => {
  expect(await storyOf(["worker-1 joined the group 3 times"])).toMatch(/history\.ndjson$/m);
});

it("of a known mistake the claim is told that it names, though another was false before it", async () => {
  expect(await storyOf(["nothing"], "too-few")).toContain("I2, which this mistake must falsify (false too: I1)");
});

it("a known mistake does not resemble itself", async () => {
  expect(await storyOf(["nothing"], "off-by-one")).not.toContain("resembles");
});

it("where no claim was shown false there is no story", async () => {
  const open = tinyClaim("I1", { kind: "UNKNOWN", cause: "nobody looked" });
  expect(await failureStory({ drill: tiny.drill, result: tinyResult([open]), directory })).toEqual([]);
});
