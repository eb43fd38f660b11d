import type { Dead, Message } from "@weir/core";
import { checkNumbers, refuseFaults } from "@weir/core/options";
import { admitReadable } from "./admit-readable.ts";
import { createEffectSink, effectSinkFaults } from "./effect-sink.ts";
import type { EffectSink, EffectSinkOptions } from "./effect-sink.ts";
import type { Sequence, SequenceEntry } from "./sequence.ts";

export interface SequenceSinkOptions<T> extends EffectSinkOptions<T> {
  readonly sequence: Sequence;
  /** What names the message: `({ data }) => outboxEntry(data)` for a record of a relay. */
  readonly entryOf: (message: Message<T>) => SequenceEntry | Dead;
}

const optionNames = ["name", "database", "effect", "ownership", "sequence", "entryOf"];

/**
 * A sink at the other end of an outbox: each number of an aggregate has its effect once, in order. Messages of one aggregate
 * must come in the order of their partition: in a pipeline by its key, and with batches of one key, or a key by
 * partition. Throws `invalid-options` with all faults at once.
 */
export function createSequenceSink<T>(options: SequenceSinkOptions<T>): EffectSink<T> {
  const { sequence, entryOf } = options;
  const faults = [...checkNumbers({}, options, { others: optionNames }), ...effectSinkFaults(options)];
  if (typeof sequence?.admit !== "function") faults.push("sequence: expected one that createSequence made");
  if (typeof entryOf !== "function") faults.push("entryOf: expected a function of the message");
  refuseFaults(faults);
  return createEffectSink(options, (tx, messages) =>
    admitReadable(
      messages.map((message) => entryOf(message)),
      (entries) => sequence.admit(tx, entries),
    ),
  );
}
