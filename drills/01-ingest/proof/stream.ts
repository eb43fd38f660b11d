import { hash } from "node:crypto";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";
import { spec } from "../spec.ts";

export type MessageKind = "valid" | "malformed" | "unknown-version" | "oversized" | "null";

export interface StreamMessage {
  /** Its place in the stream, from 0; travels along as a header. */
  readonly n: number;
  readonly key: string;
  readonly kind: MessageKind;
  readonly value: Buffer | null;
  /** Of what a right table (or dead-letter table) holds of it. */
  readonly digest: string;
}

export interface StreamOptions {
  readonly seed: number;
  readonly messages: number;
}

/** First 12 hex digits of SHA-256: enough to tell a million contents apart, short enough for a history. */
export function digestOf(content: string | Uint8Array): string {
  return hash("sha256", content).slice(0, 12);
}

/** What counts of a valid order, as one text. */
export function orderContent(order: {
  readonly id: string;
  readonly account: string;
  readonly amountCents: number;
}): string {
  return `${order.id}|${order.account}|${order.amountCents}`;
}

/** The whole stream, as a function of its seed: the same seed gives the same bytes. */
export function* orderStream({ seed, messages }: StreamOptions): Generator<StreamMessage> {
  const random = xoroshiro128plus(seed);
  const special = placeSpecials(seed, messages);
  for (let n = 0; n < messages; n += 1) {
    const account = `account-${uniformInt(random, 0, spec.keys - 1)}`;
    const amountCents = uniformInt(random, 1, 1_000_000);
    const isCut = uniformInt(random, 1, 1_000) <= spec.malformedPerMille;
    const kind = special.get(n) ?? (isCut ? "malformed" : "valid");
    yield makeMessage(kind, { n, account, amountCents, seed });
  }
}

/** A few of each rare kind, spread over the stream by a generator of its own. */
function placeSpecials(seed: number, messages: number): Map<number, MessageKind> {
  const random = xoroshiro128plus(seed ^ 0x5eed);
  const places = new Map<number, MessageKind>();
  const place = (kind: MessageKind, count: number): void => {
    for (let left = count; left > 0;) {
      const n = uniformInt(random, 0, messages - 1);
      if (places.has(n)) continue;
      places.set(n, kind);
      left -= 1;
    }
  };
  place("unknown-version", spec.unknownVersionCount);
  place("oversized", spec.oversizedCount);
  place("null", spec.nullCount);
  return places;
}

interface Draft {
  readonly n: number;
  readonly account: string;
  readonly amountCents: number;
  readonly seed: number;
}

function makeMessage(kind: MessageKind, { n, account, amountCents, seed }: Draft): StreamMessage {
  const order = { v: kind === "unknown-version" ? 99 : 1, id: `${seed}-${n}`, account, amountCents };
  const text = JSON.stringify({ ...order, note: "x".repeat(kind === "oversized" ? spec.recordBytesMax : 80) });
  const whole = Buffer.from(text);
  const value = kind === "null" ? null : kind === "malformed" ? whole.subarray(0, whole.length - 20) : whole;
  const digest = kind === "valid" ? digestOf(orderContent(order)) : value === null ? "null" : digestOf(value);
  return { n, key: account, kind, value, digest };
}

/** The reason under which a record of this kind must be set aside. */
export const reasonOf: Record<Exclude<MessageKind, "valid">, string> = {
  malformed: "malformed-json",
  "unknown-version": "unknown-version",
  oversized: "oversized",
  null: "null-value",
};
