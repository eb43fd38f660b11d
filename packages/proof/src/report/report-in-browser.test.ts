import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { close, controlsOfSample, holds, sampleClaim, sampleResult, sampleStory, unknown } from "../sample-result.ts";
import { findBrowser } from "../testing/find-browser.ts";
import { launchBrowser, openPage, type PageOptions } from "../testing/open-page.ts";
import { overviewOf } from "../overview/overview.ts";
import { renderOverviewHtml } from "../overview/overview-page.ts";
import { picture } from "../testing/picture.ts";
import { renderHtml } from "./page.ts";

/** Words that no line can break of itself: paths, digests, keys. */
const long = "orders_".repeat(40);

const result = sampleResult(
  [
    { ...sampleClaim("I1", holds), guards: [{ id: "published", sentence: long, min: 1, reached: 36_000 }] },
    { ...sampleClaim("I2", { kind: "FALSIFIED", seen: 2, n: 36_000, witness: [long, "so has 9"] }), how: long },
    sampleClaim("I3", unknown),
    sampleClaim("Q1", close),
  ],
  {
    controls: controlsOfSample,
    stories: [sampleStory, { ...sampleStory, title: long }],
    rerun: `pnpm drill 0 --key ${long}`,
  },
);

const themes = ["light", "dark"] as const;
const widths = [1280, 800, 375, 320] as const;

const isMissing = findBrowser() === undefined;
const meta: object = { reason: "no Chromium on the PATH to open reports with" };
let browser: Browser;
let folder = "";

/** `troubles`: whatever the page complains of. */
async function open(
  options: PageOptions,
  file = "report.html",
): Promise<{ readonly page: Page; readonly troubles: readonly string[] }> {
  const troubles: string[] = [];
  const watch = (trouble: string): unknown => troubles.push(trouble);
  const page = await openPage(browser, path.join(folder, file), { ...options, watch });
  return { page, troubles };
}

/** Of each element: how wide and high it is drawn. */
async function sizes(page: Page, selector: string): Promise<{ readonly width: number; readonly height: number }[]> {
  const boxes = await Promise.all((await page.locator(selector).all()).map((each) => each.boundingBox()));
  return boxes.map((box) => box ?? { width: 0, height: 0 });
}

describe(
  "the report, opened from disk in a browser without a network",
  { timeout: 60_000, skip: isMissing, meta },
  () => {
    beforeAll(async () => {
      folder = await mkdtemp(path.join(os.tmpdir(), "weir-report-"));
      await writeFile(path.join(folder, "report.html"), renderHtml(result));
      const drills = [{ drill: "00-tiny", runs: [{ id: long, result }], unreadable: 1, controls: controlsOfSample }];
      await writeFile(path.join(folder, "index.html"), renderOverviewHtml(overviewOf(drills)));
      browser = await launchBrowser();
    }, 60_000);

    afterAll(async () => {
      await browser.close();
      await rm(folder, { recursive: true, force: true });
    });

    it.each(themes)("shows every verdict and every chart, and complains of nothing: %s", async (theme) => {
      const { page, troubles } = await open({ width: 1280, theme });
      expect(await page.title()).toMatch(/^✗ /);
      expect(await page.locator(".box strong").innerText()).toBe("✗ FALSIFIED");
      const verdicts = await page.locator(".claims tbody .verdict:visible").allInnerTexts();
      expect(verdicts).toEqual(["✓ HOLDS", "✗ FALSIFIED", "? UNKNOWN", "✓ HOLDS", "close"]);
      const charts = await sizes(page, ".panels svg");
      expect(charts).toHaveLength(result.series.length);
      for (const { width, height } of charts) expect(Math.min(width / 300, height / 100)).toBeGreaterThan(1);
      expect(
        await page.locator(".panels svg path[stroke]:visible, .panels svg g[stroke] path:visible").count(),
      ).toBeGreaterThan(0);
      expect(await page.locator(".story li:visible").count()).toBe(12);
      expect(troubles).toEqual([]);
    });

    it("is dark where the reader's system is, and light on paper all the same", async () => {
      const background = "getComputedStyle(document.documentElement).backgroundColor";
      const { page } = await open({ width: 1280, theme: "dark" });
      expect(await page.evaluate(background)).toBe("rgb(18, 23, 27)");
      await page.emulateMedia({ media: "print" });
      expect(await page.evaluate(background)).toBe("rgb(255, 255, 255)");
      await page.emulateMedia({ media: "screen", colorScheme: "light" });
      expect(await page.evaluate(background)).toBe("rgb(251, 250, 247)");
    });

    it.each(widths)("never scrolls sideways, all unfolded and with words that no line breaks: %i px", async (width) => {
      const { page } = await open({ width, theme: "light" });
      await page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true })");
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
      expect(await page.locator(".card dd:visible").count()).toBeGreaterThan(result.claims.length * 4);
    });

    it.each(widths)(
      "has a page over all drills beside it, which never scrolls sideways either: %i px",
      async (width) => {
        const { page, troubles } = await open({ width, theme: "dark" }, "index.html");
        expect(await page.locator(".chips a:visible").allInnerTexts()).toEqual(["✓ I1", "✗ I2", "? I3", "✓ Q1"]);
        expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(width);
        expect(troubles).toEqual([]);
      },
    );

    it("unfolds the cards of its claims on paper, and leaves the tables of numbers away", async () => {
      const { page } = await open({ width: 700, theme: "light" });
      const heightOf = async (): Promise<number> => (await sizes(page, "#card-I1"))[0]?.height ?? 0;
      const folded = await heightOf();
      await page.emulateMedia({ media: "print" });
      expect(await heightOf()).toBeGreaterThan(folded * 3);
      expect(await page.locator(".scroll:visible").count()).toBe(0);
      expect(await page.evaluate("document.documentElement.scrollWidth")).toBe(700);
    });

    it("can be drawn as a picture, of twice its size in pixels", async () => {
      const png = path.join(folder, "report.png");
      await picture(path.join(folder, "report.html"), png, {
        width: 600,
        height: 400,
        theme: "dark",
        extent: "window",
      });
      const bytes = await readFile(png);
      // Width and height stand behind the signature and the name of the first chunk.
      expect([bytes.toString("latin1", 1, 4), bytes.readUInt32BE(16), bytes.readUInt32BE(20)]).toEqual([
        "PNG",
        1200,
        800,
      ]);
    });

    it("can be read by who listens: a heading at its head, a name for each picture, a header for each column", async () => {
      const { page } = await open({ width: 1280, theme: "light" });
      const tree = await page.locator("body").ariaSnapshot();
      expect(tree.match(/heading .*\[level=1\]/g)).toHaveLength(1);
      for (const { title } of result.series) expect(tree).toContain(`img "${title}: first`);
      expect(tree).toContain('columnheader "Claim"');
      expect(await page.locator("table:not(:has(th[scope=col]))").count()).toBe(0);
    });
  },
);
