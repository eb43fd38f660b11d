import { visible } from "./html.ts";

/** Of no rows, nothing. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "";
  return [tableRow(head), `| ${head.map(() => "---").join(" | ")} |`, ...rows.map(tableRow)].join("\n");
}

function tableRow(cells: readonly string[]): string {
  return `| ${cells.map(plain).join(" | ")} |`;
}

/** Text that Markdown shows as it is: no markup, no link, no break of a table's row. */
export function plain(text: string): string {
  return visible(text)
    .replaceAll(/\s+/g, " ")
    .replaceAll(/[\\`*_[\]|~#!]/g, "\\$&")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
