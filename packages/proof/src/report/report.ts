export { renderMarkdown } from "./markdown.ts";
export { renderHtml } from "./page.ts";
export { writeReport } from "./write-report.ts";
