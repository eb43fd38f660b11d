import { createHash } from "node:crypto";
import type { DeadLetter } from "@weir/core";
import type { DeadLetterSettings } from "./dead-letter-options.ts";
import { storableJson, storableText } from "./storable-text.ts";

const reasonCharsMax = 200;
const detailCharsMax = 4_000;
const metadataCharsMax = 65_536;

/** One letter as the table keeps it: everything bounded, everything storable. */
export interface LetterRow {
  readonly origin: string;
  readonly offset: number;
  readonly epoch: number;
  readonly attempt: number;
  readonly reason: string;
  readonly detail: string;
  readonly key: Uint8Array | null;
  /** Length before cutting; null where there was no key. */
  readonly keyBytes: number | null;
  readonly raw: Uint8Array | null;
  readonly rawBytes: number | null;
  /** Of all bytes, if some were cut off. */
  readonly rawSha256: Uint8Array | null;
  readonly metadata: string;
}

export function letterRow(letter: DeadLetter, settings: DeadLetterSettings): LetterRow {
  const { message, reason, detail } = letter;
  const { rawBytesMax } = settings;
  const key = typeof message.key === "string" ? Buffer.from(message.key) : message.key;
  const isCut = message.raw !== null && message.raw.byteLength > rawBytesMax;
  return {
    origin: message.origin.id,
    offset: message.offset,
    epoch: message.origin.epoch,
    attempt: message.attempt,
    reason: storableText(reason, reasonCharsMax),
    detail: storableText(detail, detailCharsMax),
    key: key?.subarray(0, rawBytesMax) ?? null,
    keyBytes: key?.byteLength ?? null,
    raw: message.raw?.subarray(0, rawBytesMax) ?? null,
    rawBytes: message.raw?.byteLength ?? null,
    rawSha256: isCut ? createHash("sha256").update(message.raw).digest() : null,
    metadata: metadataOf(letter, settings),
  };
}

/** Metadata are an extra: where they fail, the letter is kept with what went wrong instead. */
function metadataOf(letter: DeadLetter, { metadata }: DeadLetterSettings): string {
  let json: string;
  try {
    json = storableJson(JSON.stringify(metadata(letter)));
  } catch (thrown) {
    json = JSON.stringify({ metadataFailed: storableText(String(thrown), reasonCharsMax) });
  }
  return json.length <= metadataCharsMax ? json : JSON.stringify({ metadataTooLong: json.length });
}

/**
 * In one order everywhere: two statements that wait for each other's rows would deadlock if they took them in different
 * orders. By code unit, not by locale.
 */
export function inLockOrder(rows: readonly LetterRow[]): readonly LetterRow[] {
  return rows.toSorted((a, b) => (a.origin === b.origin ? a.offset - b.offset : a.origin < b.origin ? -1 : 1));
}

const rowsMax = 1_000;
const bytesMax = 8_388_608;

/** Cuts rows into statements: hundreds of letters of a megabyte each would be longer than a string can be. */
export function* statementsOf(rows: readonly LetterRow[]): Generator<readonly LetterRow[]> {
  let part: LetterRow[] = [];
  let bytes = 0;
  for (const row of rows) {
    const rowBytes = (row.raw?.byteLength ?? 0) + (row.key?.byteLength ?? 0);
    if (part.length > 0 && (part.length >= rowsMax || bytes + rowBytes > bytesMax)) {
      yield part;
      part = [];
      bytes = 0;
    }
    part.push(row);
    bytes += rowBytes;
  }
  if (part.length > 0) yield part;
}
