import { pathToFileURL } from "node:url";
import { chromium, type Browser, type Page } from "playwright-core";
import { proofErrors } from "../proof-errors.ts";
import { findBrowser } from "./find-browser.ts";

export type Theme = "light" | "dark";

export interface PageOptions {
  /** Of the window, in CSS pixels. */
  readonly width: number;
  readonly height?: number;
  readonly theme: Theme;
  /** Pixels of the picture for one of CSS; 1 if absent. */
  readonly pixelRatio?: number;
  /** Hears of whatever the page complains of, and of whatever it asks for beside its own file. */
  readonly watch?: (trouble: string) => void;
}

/** @throws ProofError `no-browser` */
export async function launchBrowser(): Promise<Browser> {
  const executablePath = findBrowser();
  if (executablePath === undefined) throw proofErrors.noBrowser();
  // Root cannot have Chromium's sandbox; what is opened are our own files, without a network.
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0, args: ["--disable-gpu"] });
}

/** Opens a file from the disk as a reader would who has no network. */
export async function openPage(browser: Browser, file: string, options: PageOptions): Promise<Page> {
  const { width, height = 900, theme, pixelRatio = 1 } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    deviceScaleFactor: pixelRatio,
    offline: true,
    acceptDownloads: false,
  });
  const page = await context.newPage();
  const { href } = pathToFileURL(file);
  if (options.watch !== undefined) watch(page, href, options.watch);
  await page.goto(href);
  return page;
}

function watch(page: Page, href: string, hear: (trouble: string) => void): void {
  page.on("console", (line) => {
    if (line.type() === "error" || line.type() === "warning") hear(`${line.type()}: ${line.text()}`);
  });
  page.on("pageerror", (error) => hear(`thrown: ${error.message}`));
  page.on("request", (request) => {
    if (request.url() !== href) hear(`asked for ${request.url()}`);
  });
}
