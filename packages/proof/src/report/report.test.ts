import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { parseHTML } from "linkedom";
import { describe, expect, it } from "vitest";
import type { Result, ResultFacts } from "../result.ts";
import { close, falsified, holds, lag, sampleClaim, sampleResult, unknown } from "../sample-result.ts";
import { inDirectory } from "../tiny-drill.ts";
import { renderMarkdown } from "./markdown.ts";
import { renderHtml } from "./page.ts";
import { writeReport } from "./write-report.ts";

/** As much of a document as is asked about here. */
interface Elements {
  readonly textContent: string;
  querySelector(selector: string): Elements | null;
  querySelectorAll(selector: string): Iterable<Elements>;
  getAttribute(name: string): string | null;
}

const open = (result: Result): Elements => parseHTML(renderHtml(result)).document;
const lineOf = ({ textContent }: Elements): string => textContent.replaceAll(/\s+/g, " ").trim();
const textOf = (page: Elements, selector: string): string => {
  const found = page.querySelector(selector);
  return found === null ? "" : lineOf(found);
};
const all = (page: Elements, selector: string): Elements[] => [...page.querySelectorAll(selector)];

const panels = (changes: Partial<ResultFacts>): Elements[] =>
  all(open(sampleResult([sampleClaim("I1", holds)], changes)), ".panels figure");

const signs = { HOLDS: "✓", FALSIFIED: "✗", UNKNOWN: "?" } as const;

describe("the page", { timeout: 60_000 }, () => {
  it.each([
    ["HOLDS", [holds, close]],
    ["FALSIFIED", [holds, falsified, unknown]],
    ["UNKNOWN", [holds, unknown]],
    ["UNKNOWN", []],
  ] as const)("says %s alike in title, headline and box, by sign, word and shape", (verdict, verdicts) => {
    const result = sampleResult(verdicts.map((each, index) => sampleClaim(`I${index}`, each)));
    const page = open(result);
    expect(textOf(page, "title")).toMatch(new RegExp(`^\\${signs[verdict]} `));
    expect(textOf(page, "h1")).toBe(result.finding);
    expect(textOf(page, ".box strong")).toBe(`${signs[verdict]} ${verdict}`);
    expect(page.querySelector(".box")?.getAttribute("class")).toBe(`box ${verdict}`);
    expect(all(page, ".claims tbody .verdict:not(.close)").map((each) => each.textContent)).toEqual(
      verdicts.map(({ kind }) => `${signs[kind]} ${kind}`),
    );
  });

  it("shows of each claim what was expected and seen, among how many, how, and its guards with their numbers", () => {
    const page = open(sampleResult([sampleClaim("Q1", close)]));
    expect(all(page, "#claim-Q1 td").map(lineOf)).toEqual([
      "Q1 In flight stays at or under 64",
      "✓ HOLDS close",
      "expected ≤ 64 messages",
      "seen 62 messages n = 240",
      "sampled each 100 ms 1 of 1 guards reached",
    ]);
    const guard = all(page, "section tr").find((row) => lineOf(row).startsWith("published"));
    expect(all(guard as Elements, "td").map(lineOf)).toEqual([
      "published messages were published",
      "at least 1",
      "reached ✓ 36,000",
      "for Q1",
    ]);
  });

  it("shows why a claim is open, and what broke one", () => {
    const page = open(sampleResult([sampleClaim("I1", unknown), sampleClaim("I2", falsified)]));
    expect(textOf(page, "#claim-I1 .cause")).toBe("Cause: not reached: a worker died (0, at least 1)");
    expect(all(page, ".witness li").map((each) => each.textContent)).toEqual(["message 7 has no row", "so has 9"]);
  });

  it("never shows a figure that looks like the threshold it missed", () => {
    const claim = { ...sampleClaim("Q1", close), verdict: { ...falsified, seen: 64.0004 } };
    expect(textOf(open(sampleResult([claim])), "#claim-Q1")).toContain("64.0004");
  });

  it("needs no network and no script", () => {
    const text = renderHtml(sampleResult([sampleClaim("I1", falsified)]));
    expect(text).toContain("default-src 'none'; style-src 'unsafe-inline'; img-src data:");
    expect(text).not.toMatch(/https?:|<script|<link|@import|url\(|\son\w+=|\ssrc=/i);
  });

  it("escapes everything that comes with a result", () => {
    const evil = `<img src=x onerror=alert(1)>"'\`&\u202E<script>`;
    const plant = (value: unknown, key = ""): unknown => {
      if (typeof value === "string") return ["kind", "verdict", "comparison", "startedAt"].includes(key) ? value : evil;
      if (Array.isArray(value)) return value.map((each) => plant(each));
      if (typeof value !== "object" || value === null) return value;
      return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, plant(each, name)]));
    };
    const result = plant(sampleResult([sampleClaim("I1", falsified), sampleClaim("I2", unknown)])) as Result;
    const text = renderHtml(result);
    expect(text.match(/<(?:img|script)/gi)).toBeNull();
    expect(text).not.toContain("\u202E");
    expect(all(open(result), "[onerror], [src]")).toEqual([]);
    expect(text).toContain("&#60;img src=x onerror=alert(1)&#62;&#34;&#39;&#96;&#38;");
    expect(renderMarkdown(result).replaceAll(/~~~[^]*?~~~/g, "")).not.toMatch(/<img|<script|\u202E/);
  });
});

describe("the charts", { timeout: 60_000 }, () => {
  it("are not drawn of fewer than two points, and say so", () => {
    const once = {
      ...lag,
      points: [
        [0, null],
        [1, 5],
        [2, null],
      ] as const,
    };
    const page = open(
      sampleResult([sampleClaim("I1", holds)], { series: [once, { ...lag, title: "Never", points: [] }] }),
    );
    expect(all(page, "svg")).toEqual([]);
    expect(textOf(page, "main")).toContain("Lag: looked at once only, so there is no line to draw.");
    expect(textOf(page, "main")).toContain("Never: never looked at");
    expect(panels({ series: [] })).toEqual([]);
  });

  it("leave a gap where a look is missing, and end in their last number", () => {
    const [panel] = panels({ series: [lag] });
    const line = panel?.querySelector('[aria-label="line"] path')?.getAttribute("d") ?? "";
    expect(line.match(/M/g)).toHaveLength(2);
    expect(all(panel as Elements, "text").at(-1)?.textContent).toBe("12");
  });

  it("begin at 0, with the declared bound dashed and its number beside it", () => {
    const [panel] = panels({ series: [lag] });
    const ticks = all(panel as Elements, '[aria-label="y-axis tick label"] text').map((each) => each.textContent);
    expect(ticks).toEqual(["0", "4,000", "8,000"]);
    expect(textOf(panel as Elements, "svg")).toContain("bound 8,000");
    expect(panel?.querySelector("[stroke-dasharray='6 4'] line")).not.toBeNull();
    const withoutBound = { ...lag, bound: undefined } as unknown as typeof lag;
    expect(textOf(panels({ series: [withoutBound] })[0] as Elements, "svg")).not.toContain("bound");
  });

  it("share one axis, and carry every mark on every panel", () => {
    const drawn = panels({});
    expect(drawn).toHaveLength(2);
    for (const panel of drawn) {
      expect(all(panel, '[aria-label="rect"] rect')).toHaveLength(1);
      expect(all(panel, '[stroke="var(--note)"] line')).toHaveLength(1);
      const times = all(panel, '[aria-label="x-axis tick label"] text').map((each) => each.textContent);
      expect(times).toEqual(["0 s", "1", "2.5", "3", "4"]);
    }
    const places = drawn.map((panel) => panel.querySelector("rect")?.getAttribute("x"));
    expect(new Set(places).size).toBe(1);
  });

  it("tell who cannot see them first, last, bound and fault; and what only the workers say", () => {
    const [first, second] = panels({});
    expect(first?.querySelector("[role=img]")?.getAttribute("aria-label")).toBe(
      "Lag: first 0 messages at 0 s, last 12 messages at 4 s, highest 7,200 messages; bound 8,000 messages; worker-2 killed, 1 s to 2.5 s; worker-3 joins, at 3 s",
    );
    expect(textOf(second as Elements, "figcaption")).toContain("told by the workers: a picture, no evidence");
  });

  it("have their numbers in a table, with a dash for a missing look", () => {
    const page = open(sampleResult([sampleClaim("I1", holds)], { series: [lag] }));
    const rows = all(page, "details tbody tr").map((row) => all(row, "td").map((cell) => cell.textContent));
    expect(rows).toEqual([
      ["0.00", "0"],
      ["1.00", "400"],
      ["2.00", "–"],
      ["3.00", "7,200"],
      ["4.00", "12"],
    ]);
  });

  it("reach as far as what was done after the last look", () => {
    for (const panel of panels({ marks: [{ label: "broker stopped", fromS: 6, toS: 9 }] })) {
      const times = all(panel, '[aria-label="x-axis tick label"] text').map((each) => each.textContent);
      expect(times).toEqual(["0 s", "6", "9"]);
    }
  });

  it("are drawn of hundreds of thousands of looks too, as is the Markdown", () => {
    const points = Array.from({ length: 200_000 }, (_, index) => [index / 4, index % 97] as const);
    const result = sampleResult([sampleClaim("I1", holds)], { series: [{ ...lag, points }] });
    expect(all(open(result), "svg")).toHaveLength(1);
    expect(renderHtml(result).length).toBeLessThan(200_000);
    expect(renderMarkdown(result)).toContain("| Lag | 0 messages |");
  });

  it("stay whole for thousands of looks, with a table of bounded length", () => {
    const points = Array.from({ length: 3_001 }, (_, index) => [index / 4, index % 97] as const);
    const page = open(sampleResult([sampleClaim("I1", holds)], { series: [{ ...lag, points }] }));
    expect(all(page, "details tbody tr").length).toBeLessThanOrEqual(501);
    expect(textOf(page, "details")).toContain("of 3001 looks; all are in series.csv");
    expect(all(page, "svg")).toHaveLength(1);
  });
});

describe("the Markdown", () => {
  it("says the same verdict, claims, cause and witness, one row a claim", () => {
    const result = sampleResult([sampleClaim("I|1", falsified), sampleClaim("I2", unknown), sampleClaim("Q1", close)]);
    const text = renderMarkdown(result);
    expect(text.split("\n")[0]).toContain("# ✗ FALSIFIED: “Nothing is lost in I\\|1”");
    expect(text).toContain(
      "| I\\|1 Nothing is lost in I\\|1 | ✗ FALSIFIED | = 0 messages | 2 messages | 36,000 | topic held against the table |",
    );
    expect(text).toContain("**I2 is unknown:** not reached: a worker died (0, at least 1)");
    expect(text).toContain("- message 7 has no row\n- so has 9");
    expect(text).toContain("✓ HOLDS (close)");
  });
});

describe("the report on disk", () => {
  it("is whole files, of which one is the result itself, and the digest of each", async () => {
    await inDirectory(async (directory) => {
      const result = sampleResult([sampleClaim("I1", holds)]);
      await writeReport(directory, result);
      await writeReport(directory, result);
      const names = ["SHA256SUMS", "junit.xml", "report.html", "report.md", "result.json", "series.csv"];
      expect((await readdir(directory)).toSorted()).toEqual(names);
      const sums = await readFile(path.join(directory, "SHA256SUMS"), "utf8");
      expect(sums.match(/(?<=^[0-9a-f]{64} {2}).+$/gm)).toEqual(names.slice(1));
      expect(JSON.parse(await readFile(path.join(directory, "result.json"), "utf8"))).toEqual(result);
      expect(await readFile(path.join(directory, "report.html"), "utf8")).toBe(renderHtml(result));
    });
  });
});
