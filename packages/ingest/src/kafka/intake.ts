import type { Batch, KafkaMessage } from "kafkajs";
import type { Tenure } from "./tenures.ts";

/**
 * Is this another log than the one that we were reading? It ends before our next offset, or it has begun again: below what
 * was committed when we joined, or below our next offset after the client had put the position back to the start.
 * A filter by offset would drop all of the new log, and nobody would notice.
 */
export function isCutBack(tenure: Tenure, batch: Batch): boolean {
  const first = Number(batch.firstOffset());
  if (first < tenure.restartFloor || (tenure.wasReset && first < tenure.next)) return true;
  return Number(batch.highWatermark) < tenure.next;
}

export interface Intake {
  /** Those that we do not have yet, in order. */
  readonly messages: readonly KafkaMessage[];
  /** What to resolve at the client, so that it fetches on behind it. */
  readonly resolved: string;
  /** Offsets are missing before the first of them. */
  readonly gap: { readonly expected: number; readonly found: number } | null;
}

/** Moves the tenure on. A kept partition starts again at its committed offset: what we have already is left out, by offset. */
export function takeIn(tenure: Tenure, batch: Batch): Intake {
  const { next } = tenure;
  const isBehind = Number(batch.firstOffset()) < next;
  const messages = isBehind ? batch.messages.filter(({ offset }) => Number(offset) >= next) : batch.messages;
  const [first, last] = [messages[0], messages.at(-1)];
  tenure.wasReset = false;
  if (first === undefined || last === undefined) return { messages, resolved: String(next - 1), gap: null };
  const found = Number(first.offset);
  if (next === -1) tenure.watermark = tenure.committed = tenure.restartFloor = found;
  // Behind a transaction's markers, which never reach us.
  tenure.next = Number(batch.lastOffset()) + 1;
  const isGap = next !== -1 && found > next;
  return { messages, resolved: last.offset, gap: isGap ? { expected: next, found } : null };
}
