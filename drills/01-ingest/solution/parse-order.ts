import { dead, done, type Outcome } from "@weir/core";
import type { KafkaRecord } from "@weir/ingest/kafka";
import { spec } from "../spec.ts";

export interface Order {
  readonly id: string;
  readonly account: string;
  readonly amountCents: number;
}

/** Bytes in, an order or the reason why not. Size is looked at first: a giant must not be parsed to be refused. */
export function parseOrder(record: KafkaRecord): Outcome<Order> {
  const { value } = record;
  if (value === null) return dead("null-value", "the record has no value");
  if (value.length > spec.recordBytesMax) {
    return dead("oversized", `${value.length} bytes, at most ${spec.recordBytesMax} are taken`);
  }
  let body: unknown;
  try {
    body = JSON.parse(value.toString("utf8"));
  } catch (error) {
    return dead("malformed-json", error instanceof Error ? error.message : "not JSON");
  }
  return validateOrder(body);
}

function validateOrder(body: unknown): Outcome<Order> {
  if (typeof body !== "object" || body === null) return dead("malformed-order", "expected an object");
  const { v, id, account, amountCents } = body as Record<string, unknown>;
  if (v !== 1) return dead("unknown-version", `expected version 1, given ${JSON.stringify(v)}`);
  if (typeof id !== "string" || typeof account !== "string")
    return dead("malformed-order", "id and account must be text");
  if (!Number.isSafeInteger(amountCents)) return dead("malformed-order", "amountCents must be a whole number");
  return done({ id, account, amountCents: amountCents as number });
}
