import { appendFile, cp, mkdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HistoryRecord } from "./history.ts";
import { writeReport } from "./report/write-report.ts";
import type { Result } from "./result.ts";
import { controlsOfSample, naiveControl, sampleResult } from "./sample-result.ts";
import { goodRecords, inDirectory, judgeTiny, tinyDeclaration, writeHistory, type TinyRecord } from "./tiny-drill.ts";
import { verifyRun, verifySet, writeSums, type JudgeAgain, type Verification } from "./verify.ts";

const judgeAgain: JudgeAgain = async (history) => (await judgeTiny(history)).claims;

/** A run as it lies on the disk, changed by whoever wants to. */
async function inRun(records: readonly HistoryRecord[], body: (run: Run) => Promise<void>): Promise<void> {
  await inDirectory(async (directory) => {
    await writeRun(directory, records);
    const file = (name: string): string => path.join(directory, name);
    await body({ directory, file, verify: () => verifyRun(directory, { judgeAgain }) });
  });
}

interface Run {
  readonly directory: string;
  readonly file: (name: string) => string;
  readonly verify: () => Promise<Verification>;
}

const judgeOf = (drill: string): JudgeAgain | undefined => (drill === "00-tiny" ? judgeAgain : undefined);

async function throwing(): Promise<never> {
  throw new Error("no such drill");
}

async function writeRun(directory: string, records: readonly HistoryRecord[]): Promise<void> {
  const history = path.join(directory, "history.ndjson");
  await writeHistory(history, records);
  const { drill, variant, seed } = tinyDeclaration;
  const claims = await judgeAgain(history);
  await writeReport(directory, sampleResult(claims, { drill, variant, seed, parameters: {} }));
}

async function change(file: string, from: string, to: string): Promise<void> {
  const text = await readFile(file, "utf8");
  expect(text).toContain(from);
  await writeFile(file, text.replace(from, to));
}

const codes = ({ faults }: Verification): string[] => faults.map(({ code }) => code);

describe("a run that is verified", { timeout: 60_000 }, () => {
  it("has files that did not change, and comes out the same when it is judged again", async () => {
    await inRun(goodRecords([1, 2, 3]), async ({ verify, directory }) => {
      expect(await verify()).toEqual({
        directory,
        isVerified: true,
        confirmed: [
          "6 files are what they were when the run ended",
          "judged again from its history, each of 3 claims comes out the same: HOLDS",
        ],
        faults: [],
      });
    });
  });

  it("may be one that was falsified, or broken off: what matters is that its result says so", async () => {
    await inRun([{ kind: "sent", n: 1 } as TinyRecord, ...goodRecords([2])], async ({ verify }) => {
      expect(await verify()).toMatchObject({ isVerified: true });
    });
  });

  it("is judged with its controls, as the first time", async () => {
    await inRun(goodRecords([1]), async ({ verify, directory, file }) => {
      const survivor = { ...naiveControl, verdict: "HOLDS", caught: false, witness: [] } as const;
      const result = JSON.parse(await readFile(file("result.json"), "utf8")) as Result;
      const controls = { ...controlsOfSample, controls: [survivor] };
      await writeReport(directory, sampleResult(result.claims, { ...result, controls }));
      expect(await verify()).toMatchObject({ isVerified: true });
      expect(await readFile(file("result.json"), "utf8")).toContain("its control survived");
    });
  });
});

describe("a run that was changed afterwards", { timeout: 60_000 }, () => {
  it("is caught by any one byte of its history", async () => {
    await inRun(goodRecords([1, 2, 3]), async ({ verify, file }) => {
      const whole = await readFile(file("history.ndjson"));
      await fc.assert(
        fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, flip) => {
          const changed = Buffer.from(whole);
          changed[at] = (changed[at] as number) ^ flip;
          await writeFile(file("history.ndjson"), changed);
          expect(codes(await verify())).toContain("file-changed");
        }),
        { numRuns: 50 },
      );
      await writeFile(file("history.ndjson"), whole);
      expect(codes(await verify())).toEqual([]);
    });
  });

  it.each([
    { what: "a record", name: "history.ndjson", from: '"written","n":2', to: '"written","n":9', code: "claim-differs" },
    { what: "a threshold", name: "history.ndjson", from: '"threshold":0', to: '"threshold":5', code: "claim-differs" },
    { what: "the seed", name: "history.ndjson", from: '"seed":7', to: '"seed":8', code: "declared-otherwise" },
    { what: "a figure", name: "result.json", from: '"seen": 0', to: '"seen": 1', code: "claim-differs" },
    {
      what: "a verdict",
      name: "result.json",
      from: '"verdict": "HOLDS"',
      to: '"verdict": "UNKNOWN"',
      code: "verdict-differs",
    },
    { what: "its schema", name: "result.json", from: '"schema": 1', to: '"schema": 2', code: "result-unreadable" },
  ])("by $what, is caught though its digests were made anew", async ({ name, from, to, code }) => {
    await inRun(goodRecords([1, 2, 3]), async ({ verify, directory, file }) => {
      await change(file(name), from, to);
      await writeSums(directory);
      const found = await verify();
      expect(found.isVerified).toBe(false);
      expect(codes(found)).toContain(code);
      expect(codes(found)).not.toContain("file-changed");
    });
  });

  it("says what a guard reached where only that differs", async () => {
    await inRun(goodRecords([1, 2]), async ({ verify, directory, file }) => {
      await change(file("result.json"), '"reached": 2', '"reached": 3');
      await writeSums(directory);
      expect((await verify()).faults.map(({ sentence }) => sentence)).toEqual([
        "I1: result.json says HOLDS (= 0, seen 0 of 2) with sent 3 of 1, written 2 of 1, its history says HOLDS (= 0, seen 0 of 2) with sent 2 of 1, written 2 of 1",
      ]);
    });
  });

  it("says what stands where, in sentences", async () => {
    await inRun(goodRecords([1]), async ({ verify, directory, file }) => {
      await change(file("history.ndjson"), '"kind":"written","n":1', '"kind":"written","n":2');
      await writeSums(directory);
      const sentences = (await verify()).faults.map(({ sentence }) => sentence);
      expect(sentences).toEqual([
        "I1: result.json says HOLDS (= 0, seen 0 of 1), its history says FALSIFIED (= 0, seen 1 of 1)",
        "I2: result.json says HOLDS (= 0, seen 0 of 1), its history says FALSIFIED (= 0, seen 1 of 1)",
        "result.json says HOLDS: “All 3 claims held”; its history comes out as FALSIFIED: ““Every number sent is written” (I1) is false, and so is 1 more; 1 of 3 held”",
      ]);
    });
  });

  it("is caught where a file is gone, or came in", async () => {
    await inRun(goodRecords([1]), async ({ verify, file }) => {
      await rm(file("report.md"));
      await writeFile(file("note.txt"), "all is well");
      expect(codes(await verify())).toEqual(["file-missing", "file-unlisted"]);
      await rm(file("history.ndjson"));
      expect(codes(await verify())).toContain("history-missing");
      await rm(file("SHA256SUMS"));
      expect(codes(await verify())).toEqual(["sums-unreadable", "history-missing"]);
    });
  });

  it("is not believed where its list of digests is none, its result no JSON, or its judge throws", async () => {
    await inRun(goodRecords([1]), async ({ verify, directory, file }) => {
      expect((await verifyRun(directory, { judgeAgain: throwing })).faults).toEqual([
        { code: "judge-failed", sentence: "the history could not be judged: no such drill" },
      ]);
      await appendFile(file("SHA256SUMS"), "all of them\n");
      await writeFile(file("result.json"), "{");
      expect(codes(await verify())).toEqual(["sums-unreadable", "result-unreadable"]);
    });
  });
});

describe("a set of runs", { timeout: 60_000 }, () => {
  it("is verified run by run, each once, with its own list over all", async () => {
    await inDirectory(async (set) => {
      for (const run of ["a", "b"]) {
        await mkdir(path.join(set, "00-tiny", run), { recursive: true });
        await writeRun(path.join(set, "00-tiny", run), goodRecords([1, 2]));
      }
      await symlink("b", path.join(set, "00-tiny", "latest"));
      await writeSums(set);
      const found = await verifySet(set, { judgeOf });
      expect(found.map((each) => [path.relative(set, each.directory), each.isVerified])).toEqual([
        ["", true],
        ["00-tiny/a", true],
        ["00-tiny/b", true],
      ]);
      await rm(path.join(set, "00-tiny", "a"), { recursive: true });
      expect((await verifySet(set, { judgeOf })).map(({ isVerified }) => isVerified)).toEqual([false, true]);
    });
  });

  it("is not verified where there is no run, or one of a drill that nobody knows", async () => {
    await inDirectory(async (set) => {
      expect((await verifySet(set, { judgeOf })).map(codes)).toEqual([["no-run"]]);
      await mkdir(path.join(set, "run"));
      await writeRun(path.join(set, "run"), goodRecords([1]));
      expect((await verifySet(set, { judgeOf: () => undefined }))[0]?.faults).toEqual([
        { code: "judge-failed", sentence: "the history could not be judged: nobody knows how to judge “00-tiny”" },
      ]);
      await cp(path.join(set, "run", "history.ndjson"), path.join(set, "history.ndjson"));
      expect((await verifySet(set, { judgeOf })).map(({ isVerified }) => isVerified)).toEqual([false, true]);
    });
  });
});
