import path from "node:path";
import { launchBrowser, openPage, type PageOptions } from "./open-page.ts";

export interface PictureOptions extends PageOptions {
  /** `all`: the page in its whole length; else what fits into the window. */
  readonly extent: "window" | "all";
}

/**
 * Draws a report, or any page on disk, as a PNG, of twice its size in pixels if nothing else is said.
 *
 * @throws ProofError `no-browser`
 */
export async function picture(reportFile: string, pngFile: string, options: PictureOptions): Promise<void> {
  const browser = await launchBrowser();
  try {
    const page = await openPage(browser, path.resolve(reportFile), { pixelRatio: 2, ...options });
    await page.screenshot({ path: pngFile, fullPage: options.extent === "all", animations: "disabled" });
  } finally {
    await browser.close();
  }
}
