import type { SqlScalar } from "./sql-value.ts";

/** A table to copy rows into, through its name in SQL text (`identifier(…)`) and the names of columns. */
export interface CopyTarget {
  readonly table: string;
  readonly columns: readonly string[];
}

/** Values by column, of one length: the rows are read across. */
export type ColumnValues = readonly (readonly SqlScalar[])[];

/** Rows in COPY's text format: values become what they become as parameters. */
export function copyText(columns: ColumnValues): string {
  const rows = columns[0]?.length ?? 0;
  let text = "";
  for (let row = 0; row < rows; row += 1) {
    for (let place = 0; place < columns.length; place += 1) {
      if (place > 0) text += "\t";
      text += fieldOf((columns[place] as readonly SqlScalar[])[row] ?? null);
    }
    text += "\n";
  }
  return text;
}

const special = /[\\\t\n\r]/;
const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r" };

function fieldOf(value: SqlScalar): string {
  if (typeof value === "string") {
    return special.test(value) ? value.replaceAll(/[\\\t\n\r]/g, (char) => escapes[char] as string) : value;
  }
  if (value === null) return "\\N";
  if (value instanceof Date) return localTime(value);
  if (value instanceof Uint8Array)
    return `\\\\x${Buffer.from(value.buffer, value.byteOffset, value.length).toString("hex")}`;
  return String(value);
}

const two = (value: number): string => String(value).padStart(2, "0");

/** As pg sends dates: the local time with its offset, so that a column without a zone gets the local time both ways. */
function localTime(date: Date): string {
  const year = date.getFullYear();
  // There was no year 0: it is 1 BC.
  const digits = String(year > 0 ? year : 1 - year).padStart(4, "0");
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
  const aheadMinutes = -date.getTimezoneOffset();
  const [hours, minutes] = [Math.floor(Math.abs(aheadMinutes) / 60), Math.abs(aheadMinutes) % 60];
  const zone = `${aheadMinutes < 0 ? "-" : "+"}${two(hours)}:${two(minutes)}`;
  const millis = String(date.getMilliseconds()).padStart(3, "0");
  return `${digits}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${time}.${millis}${zone}${year > 0 ? "" : " BC"}`;
}
