import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import type { Result, ResultFacts } from "../result.ts";
import {
  controlsOfSample,
  falsified,
  holds,
  naiveControl,
  sampleClaim,
  sampleResult,
  unknown,
} from "../sample-result.ts";
import { inDirectory } from "../tiny-drill.ts";
import type { Verdict } from "../verdict.ts";
import { overviewOf, type Overview } from "./overview.ts";
import { renderOverviewHtml } from "./overview-page.ts";
import { writeIndex } from "./write-index.ts";

interface Elements {
  readonly textContent: string;
  querySelectorAll(selector: string): Iterable<Elements>;
  getAttribute(name: string): string | null;
}

const committed = { ...sampleResult([]).environment, isDirty: false };
const run = (verdict: Verdict, changes: Partial<ResultFacts> = {}): Result =>
  sampleResult([sampleClaim("I1", verdict), sampleClaim("I2", holds)], { environment: committed, ...changes });

/** Runs of one drill, the newest first. */
function overview(...results: readonly Result[]): Overview {
  const runs = results.map((result, index) => ({ id: `run-${index}`, result }));
  return overviewOf([{ drill: "00-tiny", runs, unreadable: 0, controls: controlsOfSample }]);
}

const all = (page: string, selector: string): Elements[] => [
  ...(parseHTML(page).document as unknown as Elements).querySelectorAll(selector),
];
const lines = (page: string, selector: string): string[] =>
  all(page, selector).map(({ textContent }) => textContent.replaceAll(/\s+/g, " ").trim());

describe("the page over all drills", { timeout: 60_000 }, () => {
  it("has the last run of each kind, and its verdict is the worst of the solution's", () => {
    const { verdict, finding, drills } = overview(
      run(holds, { parameters: { fault: "kill" } }),
      run(unknown, { parameters: { fault: "pause" } }),
      run(falsified, { parameters: { fault: "kill" } }),
      run(falsified, { variant: "mine", parameters: { fault: "kill" } }),
      run(falsified, { variant: "commit-before-write", parameters: { fault: "kill" } }),
      run(holds, { tier: "memory", parameters: { fault: "kill" } }),
    );
    expect([verdict, finding]).toEqual(["UNKNOWN", "The drill that was run is unknown"]);
    expect(drills[0]?.rows.map(({ told, run: { id } }) => [told, id])).toEqual([
      ["kill · tier embedded", "run-0"],
      ["pause · tier embedded", "run-1"],
      ["kill · tier memory", "run-5"],
      ["mine · kill · tier embedded", "run-3"],
    ]);
  });

  it("never says that a drill holds of which there is no run of the solution", () => {
    const { verdict, open } = overview(run(holds, { variant: "mine" }));
    expect(verdict).toBe("UNKNOWN");
    expect(open).toContainEqual({ drill: "00-tiny", about: "the solution", cause: "no run of it is kept" });
    const runs = [{ id: "a", result: run(holds) }];
    const drills = [
      { drill: "00-tiny", runs, unreadable: 0 },
      { drill: "01-other", runs: [], unreadable: 0 },
    ];
    expect(overviewOf(drills)).toMatchObject({ verdict: "UNKNOWN", finding: "Of 2 drills: 1 unknown, 1 holds" });
    expect(overviewOf([])).toMatchObject({ verdict: "UNKNOWN", finding: "No run is kept" });
  });

  it("tells every UNKNOWN with its cause: claims, controls that survived or did not run, runs without a result", () => {
    const survivor = { ...naiveControl, caught: false, cause: "I1 held" };
    const controls = { ...controlsOfSample, controls: [survivor] };
    const twice = sampleResult([sampleClaim("I1", unknown), sampleClaim("I2", unknown), sampleClaim("I3", holds)]);
    const { open } = overviewOf([
      { drill: "00-tiny", runs: [{ id: "a", result: twice }], unreadable: 2, controls },
      { drill: "01-other", runs: [{ id: "b", result: run(holds) }], unreadable: 0 },
    ]);
    expect(open.map(({ drill, about, cause }) => `${drill}, ${about}: ${cause}`)).toEqual([
      "00-tiny, I1, I2 in tier embedded: not reached: a worker died (0, at least 1)",
      "00-tiny, control commit-before-write: I1 held",
      "00-tiny, 2 of its runs: there is no result that can be read: broken off, or of another version",
      "01-other, its checks: controls were not run",
    ]);
  });

  it("says what seeds say together: of one commit without changes, of one size, each seed once and by its worse run", () => {
    const page = renderOverviewHtml(
      overview(
        ...[71, 72, 73].map((seed) => run(holds, { seed })),
        run(falsified, { seed: 72 }),
        run(holds, { seed: 74, parameters: { messages: 9 } }),
        run(holds, { seed: 75, environment: { ...committed, isDirty: true } }),
        run(holds, { seed: 76, environment: { ...committed, commit: "another" } }),
      ),
    );
    expect(lines(page, "ul.after li")).toEqual([
      "tier embedded: I1 falsified in 1 of 3 seeded runs (failure rates above 87 % excluded at 95 %; seeds vary the schedule, not the machine)",
      "tier embedded: I2 held in 3 of 3 seeded runs (failure rates above 64 % excluded at 95 %; seeds vary the schedule, not the machine)",
    ]);
  });

  it("leads from each claim to its place in the report, and says how the controls went and at which commit", () => {
    const page = renderOverviewHtml(overview(run(falsified, { environment: { ...committed, commit: "another" } })));
    expect(lines(page, ".chips a")).toEqual(["✗ I1", "✓ I2"]);
    expect(all(page, ".chips a").map((link) => link.getAttribute("href"))).toEqual([
      "00-tiny/run-0/report.html#claim-I1",
      "00-tiny/run-0/report.html#claim-I2",
    ]);
    expect(lines(page, "p.after")).toEqual([
      "1 of 1 mistake was caught, and 2 of 2 others judged as they must be. Controls ran on 2026-11-24 08:12 UTC at commit 4f2c9aa01b7d, which is not the commit of the newest run.",
    ]);
    expect(page).not.toMatch(/https?:|<script|<link|@import|url\(/i);
  });
});

describe("the index on disk", { timeout: 60_000 }, () => {
  it("is made of what lies there, and stumbles over nothing else that does", async () => {
    await inDirectory(async (proofs) => {
      const place = async (name: string, text: string): Promise<void> => {
        await mkdir(path.dirname(path.join(proofs, name)), { recursive: true });
        await writeFile(path.join(proofs, name), text);
      };
      await place("00-tiny/2026-11-24T08-00-00-000Z/result.json", JSON.stringify(run(falsified)));
      await place("00-tiny/2026-11-24T09-00-00-000Z/result.json", JSON.stringify(run(holds)));
      await place("00-tiny/2026-11-24T10-00-00-000Z/result.json", '{"schema":1');
      await place("00-tiny/2026-11-24T11-00-00-000Z/result.json", JSON.stringify({ ...run(holds), schema: 9 }));
      await place("00-tiny/controls.json", JSON.stringify(controlsOfSample));
      await place("01-begun/notes.txt", "mine");
      await place("report.html", "no drill");
      const { verdict, drills } = await writeIndex(proofs);
      expect([verdict, drills.map(({ drill, unreadable }) => [drill, unreadable])]).toEqual([
        "HOLDS",
        [["00-tiny", 2]],
      ]);
      expect(await readFile(path.join(proofs, "index.html"), "utf8")).toContain(
        "<title>✓ The drill that was run holds",
      );
      const markdown = await readFile(path.join(proofs, "index.md"), "utf8");
      expect(markdown).toContain("# ✓ HOLDS: The drill that was run holds");
      expect(markdown).toContain("| 00-tiny | tier embedded | ✓ HOLDS | ✓ I1, ✓ I2 | 1 of 1 mistake was caught");
      expect(markdown).toContain("- 00-tiny: What more than one broker would do.");
    });
  });
});
