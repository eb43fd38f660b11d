export { findBrowser } from "./find-browser.ts";
export { launchBrowser, openPage } from "./open-page.ts";
export type { PageOptions, Theme } from "./open-page.ts";
export { picture } from "./picture.ts";
export type { PictureOptions } from "./picture.ts";
