import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import type { Control } from "../control.ts";
import type { Result, ResultFacts } from "../result.ts";
import {
  close,
  controlsOfSample,
  falsified,
  holds,
  lag,
  naiveControl,
  sampleClaim,
  sampleResult,
  sampleStory,
  unknown,
} from "../sample-result.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderHtml } from "./page.ts";

interface Elements {
  readonly textContent: string;
  querySelector(selector: string): Elements | null;
  querySelectorAll(selector: string): Iterable<Elements>;
  hasAttribute(name: string): boolean;
}

const open = (result: Result): Elements => parseHTML(renderHtml(result)).document;
const lineOf = (element: Elements | null | undefined): string =>
  (element?.textContent ?? "").replaceAll(/\s+/g, " ").trim();
const all = (page: Elements, selector: string): string[] => [...page.querySelectorAll(selector)].map(lineOf);

const card = (changes: Partial<ResultFacts>, id = "I1"): string =>
  lineOf(
    open(sampleResult([sampleClaim("I1", falsified), sampleClaim("Q1", close)], changes)).querySelector(`#card-${id}`),
  );

const survivor: Control = { ...naiveControl, verdict: "HOLDS", caught: false, witness: [], cause: "I1 held" };
const withControl = (...controls: readonly Control[]): Partial<ResultFacts> => ({
  controls: { ...controlsOfSample, controls },
});

describe("the controls", () => {
  it("are told each with what it must be, how it was judged and by which witness", () => {
    const page = open(sampleResult([sampleClaim("I1", holds)], { controls: controlsOfSample }));
    expect(lineOf(page.querySelector("#controls p"))).toContain(
      "1 of 1 mistake was caught, and 2 of 2 others judged as they must be.",
    );
    expect(all(page, ".controls tbody tr").at(-1)).toBe(
      "commit-before-write a mistake Commit first, then nothing is done twice Witness: orders-1 offset 48 was committed at 2.1 s (and 2 more) must: falsify I1 ✗ FALSIFIED as it must: ✓ caught on memory, kill",
    );
    expect(lineOf(page.querySelector("#controls"))).toContain("ran on 2026-11-24 08:12 UTC at commit 4f2c9aa01b7d.");
  });

  it("that survived are told so, with the cause, and so is the claim that is open by it", () => {
    const result = sampleResult([sampleClaim("I1", holds)], withControl(survivor));
    const page = open(result);
    expect(all(page, ".controls tbody tr")[0]).toContain("I1 held must: falsify I1 ✓ HOLDS as it must: ✗ survived");
    expect(lineOf(page.querySelector("#claim-I1 .cause"))).toContain("its control survived: commit-before-write");
    expect(lineOf(page.querySelector(".box strong"))).toBe("? UNKNOWN");
    expect(renderMarkdown(result)).toContain("| ✓ HOLDS | ✗ no: I1 held | memory, kill |");
  });

  it("that bring no witness have survived, whatever they say of themselves", () => {
    const page = open(sampleResult([sampleClaim("I1", holds)], withControl({ ...naiveControl, witness: [] })));
    expect(all(page, ".controls tbody tr")[0]).toContain("✗ survived");
    expect(lineOf(page.querySelector("#controls p"))).toContain("0 of 1 mistake was caught.");
  });

  it("that did not run are told so, in both forms", () => {
    const result = sampleResult([sampleClaim("I1", holds)]);
    expect(lineOf(open(result).querySelector("#controls"))).toContain("Controls were not run for this commit");
    expect(renderMarkdown(result)).toContain("Controls were not run for this commit.");
  });

  it("of another commit than the run's are told so", () => {
    const controls = { ...controlsOfSample, commit: "0000000", dirty: true };
    const text = lineOf(open(sampleResult([sampleClaim("I1", holds)], { controls })).querySelector("#controls"));
    expect(text).toContain("at commit 0000000 with uncommitted changes, which is not the commit of this run");
  });
});

describe("the card of a claim", () => {
  it("says effect, number, guards, tier and how to run it again", () => {
    expect(card({})).toContain("Seen 2 messages · n = 36,000 · 0.00556 % of all");
    expect(card({}, "Q1")).toContain("Seen 62 messages · n = 240 · 96.88 % of the bound");
    for (const part of ["guards ✓ published", "tier embedded, seed 71, one run", "pnpm drill 0 --seed 71"]) {
      expect(card({})).toContain(part);
    }
  });

  it("says which controls try it, and if none does or ran", () => {
    expect(card({ controls: controlsOfSample })).toContain(
      "commit-before-write: ✓ caught on tier memory, by 3 witnesses",
    );
    expect(card(withControl(survivor))).toContain("commit-before-write: ✗ survived, I1 held");
    expect(card({ controls: controlsOfSample }, "Q1")).toContain(
      "no control: nothing here shows that this check can fail",
    );
    expect(card({})).toContain("controls not run");
  });

  it("leads to its picture and to its limits", () => {
    const page = open(sampleResult([sampleClaim("I1", holds)], { series: [{ ...lag, claims: ["I1"] }] }));
    expect(all(page, '#card-I1 a[href="#chart-lag"]')).toEqual(["Lag"]);
    expect(page.querySelector("#chart-lag svg")).not.toBeNull();
    expect(all(page, '#card-I1 a[href="#not-shown"]')).toEqual(["what this does not show"]);
    expect(lineOf(page.querySelector("#not-shown"))).toContain("What more than one broker would do.");
  });

  it("lies open unless the claim held", () => {
    const page = open(
      sampleResult([sampleClaim("I1", holds), sampleClaim("I2", falsified), sampleClaim("I3", unknown)]),
    );
    const cards = [...page.querySelectorAll(".card")];
    expect(cards.map((each) => each.hasAttribute("open"))).toEqual([false, true, true]);
  });
});

describe("the way of one message", () => {
  it("is told step by step, with the time between, and a long pause as one", () => {
    const result = sampleResult([sampleClaim("I1", holds)], { stories: [sampleStory] });
    expect(all(open(result), ".story li")).toEqual([
      "2.010 s worker-2 pulls it",
      "2.034 s +24 ms worker-2 writes its row",
      "2.041 s +7 ms the judge kills worker-2 before it commits",
      "6.1 s later",
      "8.120 s worker-3 pulls it again",
      "8.190 s +70 ms worker-3 finds its row and settles it",
    ]);
    expect(renderMarkdown(result)).toContain("| 2.041 | the judge | kills worker-2 before it commits |");
    expect(all(open(sampleResult([])), ".story")).toEqual([]);
  });
});

describe("a guard that claims share", () => {
  it("never looks reached where it was missed by less than its rounding", () => {
    const missed = { id: "share", sentence: "all were handed out", min: 1, reached: 0.99999 };
    const page = open(sampleResult([{ ...sampleClaim("I1", unknown), guards: [missed] }]));
    expect(all(page, "#guards tbody tr")[0]).toContain("reached ✗ 0.99999");
  });

  it("is told once, with the claims that hang on it; one that was missed is named at the claim", () => {
    const missed = { id: "died", sentence: "a worker died", min: 1, reached: 0 };
    const claims = ["I1", "I2", "I3"].map((id) => sampleClaim(id, holds));
    const result = sampleResult([...claims.slice(0, 2), { ...sampleClaim("I3", unknown), guards: [missed] }]);
    expect(all(open(result), "#guards tbody tr")).toEqual([
      "published messages were published at least 1 reached ✓ 36,000 for I1, I2",
      "died a worker died at least 1 reached ✗ 0 for I3",
    ]);
    expect(lineOf(open(result).querySelector("#claim-I3"))).toContain("0 of 1 guards reached; ✗ died");
    expect(renderMarkdown(result).match(/messages were published/g)).toHaveLength(1);
    expect(all(open(sampleResult(claims)), "#guards tbody tr")[0]).toContain("for all claims");
    const more = ["I4", "I5"].map((id) => sampleClaim(id, holds));
    const most = sampleResult([...claims, ...more, { ...sampleClaim("Q1", holds), guards: [] }]);
    expect(all(open(most), "#guards tbody tr")[0]).toContain("for all but Q1");
  });
});
