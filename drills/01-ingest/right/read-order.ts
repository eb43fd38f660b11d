import type { TopicRecord } from "@weir/drill";
import { spec } from "../spec.ts";

export interface Order {
  readonly id: string;
  readonly account: string;
  readonly amountCents: number;
}

/** An order, or the reason why the record must be set aside. */
export type OrderReading =
  | { readonly order: Order; readonly reason?: undefined }
  | { readonly order?: undefined; readonly reason: string };

/** Never throws: a record that cannot be read is an answer like any other. */
export function readOrder({ value }: TopicRecord): OrderReading {
  if (value === null) return { reason: "null-value" };
  if (value.length > spec.recordBytesMax) return { reason: "oversized" };
  let body: unknown;
  try {
    body = JSON.parse(value.toString("utf8"));
  } catch {
    return { reason: "malformed-json" };
  }
  if (typeof body !== "object" || body === null) return { reason: "malformed-order" };
  const { v, id, account, amountCents } = body as Record<string, unknown>;
  if (v !== 1) return { reason: "unknown-version" };
  if (typeof id !== "string" || typeof account !== "string" || !Number.isSafeInteger(amountCents))
    return { reason: "malformed-order" };
  return { order: { id, account, amountCents: amountCents as number } };
}
