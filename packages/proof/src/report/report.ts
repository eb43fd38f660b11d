export { writeIndex } from "../overview/write-index.ts";
export type { OpenQuestion, Overview, OverviewDrill, OverviewRow } from "../overview/overview.ts";
export { renderMarkdown } from "./markdown.ts";
export { renderHtml } from "./page.ts";
export { writeReport } from "./write-report.ts";
