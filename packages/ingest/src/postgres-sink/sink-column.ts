import type { Message } from "@weir/core";
import type { SqlScalar } from "@weir/postgres";

/** One column of the sink's table, beside its origin and its arrival number. */
export interface SinkColumn<T> {
  readonly name: string;
  /** As in `create table`: `text`, `varchar(20)`, `numeric(10, 2)`, `timestamptz`, `jsonb`, a type of one's own. No arrays. */
  readonly type: string;
  /**
   * What a message puts there. JSON goes as its text. A throw costs this one message: it is answered with
   * `dead("column-value-failed")`, or with the code of a thrown row error; a thrown programming error stops the pipeline.
   */
  readonly value: (message: Message<T>) => SqlScalar;
}

/** Columns that the sink itself fills. */
export const ownColumns: readonly string[] = ["origin", "origin_offset", "arrival"];

// A type stands in the SQL text, so only these shapes may pass; names of types are not quoted, or `INT` would not be `int`.
const word = "[a-z_][a-z0-9_]*";
const twoWords = "double precision|character varying|bit varying";
const withZone = String.raw`time(?:stamp)?(?:\s?\(\d+\))? with(?:out)? time zone`;
const typeShape = new RegExp(
  String.raw`^(?:${twoWords}|${withZone}|${word}(?:\.${word})?)(?:\s?\(\d+(?:,\s?\d+)?\))?$`,
  "i",
);

export function isColumnType(type: unknown): type is string {
  return typeof type === "string" && typeShape.test(type);
}

/** Types whose cast without a length cuts the value to one character, or whose cast with a length cuts silently. */
const uncut: Readonly<Record<string, string>> = {
  char: "text",
  character: "text",
  bpchar: "text",
  varchar: "text",
  "character varying": "text",
  bit: "varbit",
};

/**
 * The type that a column's values travel as, without length or precision: `'abcdef'::varchar(3)` would cut silently,
 * while assigning `'abcdef'::text` to a `varchar(3)` column is the error that it should be.
 */
export function wireType(type: string): string {
  const bare = type.replaceAll(/\s?\([^)]*\)/g, "").toLowerCase();
  return uncut[bare] ?? bare;
}
