import { dead } from "@weir/core";
import type { Dead } from "@weir/core";
import type { KafkaHeaders, ProducerRecord } from "@weir/ingest/kafka";
import type { SequenceEntry } from "./sequence.ts";

/** A row of the outbox as `unsentStatement` answers it. */
export interface UnsentRow {
  /** Its place in the table. */
  readonly id: string;
  readonly message_id: string;
  readonly aggregate: string;
  readonly number: string;
  readonly topic: string;
  readonly payload: Buffer | null;
  readonly headers: Readonly<Record<string, string>> | null;
}

const [idHeader, aggregateHeader, numberHeader] = ["weir-id", "weir-aggregate", "weir-number"] as const;

/** The key is the aggregate: all of it goes to one partition, and keeps its order there. */
export function toRecord({ message_id, aggregate, number, payload, headers }: UnsentRow): ProducerRecord {
  const own = { [idHeader]: message_id, [aggregateHeader]: aggregate, [numberHeader]: number };
  return { key: aggregate, value: payload, headers: { ...headers, ...own } };
}

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
const digits = /^[1-9]\d{0,15}$/;

/** What a relay has written into a record's headers; dead (`not-from-outbox`) where it is missing or no such thing. */
export function outboxEntry(record: { readonly headers: KafkaHeaders }): SequenceEntry | Dead {
  const [id, aggregate, number] = [idHeader, aggregateHeader, numberHeader].map((name) => text(record.headers[name]));
  if (id === undefined || !uuid.test(id)) return foreign(idHeader);
  if (aggregate === undefined || aggregate === "") return foreign(aggregateHeader);
  if (number === undefined || !digits.test(number)) return foreign(numberHeader);
  return { id, aggregate, number: Number(number) };
}

function text(value: KafkaHeaders[string]): string | undefined {
  return value === undefined || Array.isArray(value) ? undefined : value.toString();
}

function foreign(header: string): Dead {
  return dead("not-from-outbox", `the record's header ${header} is missing, or not as a relay writes it`);
}
