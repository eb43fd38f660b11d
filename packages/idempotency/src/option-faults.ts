import { identifier } from "@weir/postgres";
import type { Database } from "@weir/postgres";

export function placeFaults(place: { readonly database?: unknown; readonly schema?: unknown }): string[] {
  const isDatabase = typeof (place.database as Database | null | undefined)?.transaction === "function";
  const faults = isDatabase ? [] : ["database: expected one that createDatabase made"];
  return [...faults, ...schemaFaults(place.schema)];
}

export function schemaFaults(schema: unknown): string[] {
  try {
    identifier(typeof schema === "string" ? schema : "");
    return [];
  } catch {
    return [`schema: expected a name of 1 to 63 bytes, given ${JSON.stringify(schema)}`];
  }
}

/** A name that stands in a key: short, and nothing that Postgres refuses. */
export function textFaults(option: string, text: unknown): string[] {
  const isText = typeof text === "string" && text !== "" && text.isWellFormed() && !text.includes("\0");
  if (isText && Buffer.byteLength(text) <= 200) return [];
  return [`${option}: expected 1 to 200 bytes of text, given ${JSON.stringify(text)}`];
}
