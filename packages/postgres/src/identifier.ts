import { postgresErrors } from "./postgres-errors.ts";

const bytesMax = 63;

/**
 * Quotes a name, or a dotted path of names, so that it can stand in SQL text: `identifier("my schema", "t")` is `"my schema"."t"`.
 * Values never go this way: they are parameters.
 *
 * Throws `invalid-identifier` for empty names, names with a NUL, and names over 63 bytes: Postgres would cut
 * those silently, and two long names could become one table.
 */
export function identifier(...names: readonly string[]): string {
  return names.map(quoted).join(".");
}

function quoted(name: string): string {
  const bytes = Buffer.byteLength(name);
  if (bytes === 0 || bytes > bytesMax || name.includes("\0")) {
    throw postgresErrors.invalidIdentifier(name.slice(0, bytesMax), bytesMax);
  }
  return `"${name.replaceAll('"', '""')}"`;
}
