/** For tests: what a producer has been given, with faults before and after it arrived. */
import type { ProducerRecord } from "@weir/ingest/kafka";
import type { KafkaHeaders } from "@weir/ingest/kafka";
import { outboxEntry } from "./outbox-record.ts";
import type { SequenceEntry } from "./sequence.ts";

export class MemoryTopic {
  readonly records: ProducerRecord[] = [];
  /** Run before records arrive, and between their arrival and the answer; may wait or throw. */
  before: (records: readonly ProducerRecord[]) => void | Promise<void> = () => {};
  after: (records: readonly ProducerRecord[]) => void | Promise<void> = () => {};

  async send(_topic: string, records: readonly ProducerRecord[]): Promise<void> {
    await this.before(records);
    this.records.push(...records);
    await this.after(records);
  }

  entries(): SequenceEntry[] {
    return this.records.map((record) => entryOf(record.headers ?? {}));
  }

  /** By aggregate, the numbers in the order in which each first arrived. */
  firstArrivals(): Record<string, number[]> {
    return firstArrivals(this.entries());
  }
}

export function entryOf(headers: KafkaHeaders): SequenceEntry {
  const entry = outboxEntry({ headers });
  if ("kind" in entry) throw new Error(entry.detail);
  return entry;
}

export function firstArrivals(entries: readonly SequenceEntry[]): Record<string, number[]> {
  const arrived: Record<string, number[]> = {};
  for (const { aggregate, number } of entries) {
    const numbers = (arrived[aggregate] ??= []);
    if (!numbers.includes(number)) numbers.push(number);
  }
  return arrived;
}

export const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i + 1);
