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
  const { width, height = 900, theme } = options;
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    deviceScaleFactor: 2,
    offline: true,
    acceptDownloads: false,
  });
  const page = await context.newPage();
  await page.goto(pathToFileURL(file).href);
  return page;
}
