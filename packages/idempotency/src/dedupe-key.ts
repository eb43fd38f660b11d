import { hash } from "node:crypto";
import { dead } from "@weir/core";
import type { Dead } from "@weir/core";

/** What may be given as a dedupe key: text, or text as UTF-8 bytes. Nothing stands for a key that is missing. */
export type GivenKey = string | Uint8Array | null | undefined;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * The key as text that Postgres can hold, or why it is none. Nothing is repaired: two keys that become one lose an
 * effect, and a message without a key of its own would have its effect as often as it is delivered.
 */
export function dedupeKey(given: unknown, keyBytesMax: number): string | Dead {
  if (given === null || given === undefined) return dead("key-missing", "the message has no dedupe key");
  const text = given instanceof Uint8Array ? decoded(given) : given;
  if (typeof text !== "string") return dead("key-not-text", "the dedupe key is no text, or its bytes are no UTF-8");
  if (text === "") return dead("key-empty", "the dedupe key is empty");
  if (!text.isWellFormed() || text.includes("\0")) {
    return dead("key-not-text", "the dedupe key holds a NUL or half of a surrogate pair, which cannot be stored");
  }
  const bytes = Buffer.byteLength(text);
  if (bytes > keyBytesMax) return dead("key-too-long", `the dedupe key has ${bytes} bytes, at most ${keyBytesMax} fit`);
  return text;
}

function decoded(bytes: Uint8Array): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

const ofNothing = new Uint8Array(32);

/** What is kept to tell a repetition from another payload under the same key. `null`, a tombstone, is no empty payload. */
export function payloadDigest(payload: string | Uint8Array | null): Uint8Array {
  return payload === null ? ofNothing : hash("sha256", payload, "buffer");
}

/** In one order everywhere, or two transactions that take the same keys wait for each other. By code unit, not by locale. */
export function inLockOrder(keys: Iterable<string>): string[] {
  return [...keys].toSorted((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
