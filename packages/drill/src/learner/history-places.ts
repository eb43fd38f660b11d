import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";

/** A place in a log, as witnesses tell it: "partition 2, offset 117". */
export interface Place {
  readonly partition: number;
  readonly offset: number;
}

export interface HistoryPlace {
  /** From 1. */
  readonly line: number;
  readonly kind: string;
}

const told = /partition (\d+)[,:] offset (\d+)/;

/** The first place that a witness names. */
export function placeIn(witness: readonly string[]): Place | undefined {
  for (const sentence of witness) {
    const found = told.exec(sentence);
    if (found !== null) return { partition: Number(found[1]), offset: Number(found[2]) };
  }
  return undefined;
}

/** The lines of a history that speak of one place, at most `max` of them. */
export async function findPlace(history: string, place: Place, max: number): Promise<readonly HistoryPlace[]> {
  const found: HistoryPlace[] = [];
  let line = 0;
  for await (const text of createInterface({ input: createReadStream(history, "utf8"), crlfDelay: Infinity })) {
    line += 1;
    // Most lines neither hold the number nor a range around it: only the others are worth reading as JSON.
    if (!text.includes(String(place.offset)) && !text.includes('"from"')) continue;
    const record = parsed(text);
    if (record === undefined || !speaksOf(record, place)) continue;
    found.push({ line, kind: String(record["kind"]) });
    if (found.length === max) break;
  }
  return found;
}

function parsed(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // A line that was cut: the judge has said so already.
    return undefined;
  }
}

/** Rows `[partition, offset, …]`, or objects that name a partition and hold the offset, within a range or in a list. */
function speaksOf(value: unknown, place: Place): boolean {
  if (Array.isArray(value)) {
    if (value[0] === place.partition && value[1] === place.offset) return true;
    return value.some((each) => typeof each === "object" && speaksOf(each, place));
  }
  if (typeof value !== "object" || value === null) return false;
  const { partition, offset, from, to } = value as Record<string, unknown>;
  if (partition === place.partition) {
    if (offset === place.offset) return true;
    if (Number(from) <= place.offset && place.offset <= Number(to)) return true;
    if (Object.values(value).some((list) => Array.isArray(list) && list.includes(place.offset))) return true;
  }
  return Object.values(value).some((each) => typeof each === "object" && speaksOf(each, place));
}
