import { checkNumbers, refuseFaults } from "@weir/core/options";
import type { Checkpoints } from "@weir/core";
import type { Transaction } from "@weir/postgres";
import { createEffectSink, effectSinkFaults } from "./effect-sink.ts";
import type { EffectSink, EffectSinkOptions } from "./effect-sink.ts";

export interface CheckpointSinkOptions<T> extends EffectSinkOptions<T> {
  readonly ownership: Checkpoints<Transaction>;
}

/**
 * A sink whose messages have their effect once per origin and offset, without any key: the position is stored in the
 * effect's transaction, and the source starts there, whatever Kafka has committed. A message that was sent twice has two
 * offsets, and two effects: for that, use an inbox. Throws `invalid-options` with all faults at once.
 */
export function createCheckpointSink<T>(options: CheckpointSinkOptions<T>): EffectSink<T> {
  const faults = checkNumbers({}, options, { others: ["name", "database", "effect", "ownership"] });
  faults.push(...effectSinkFaults(options));
  if (options.ownership === undefined) faults.push("ownership: expected one that createOwnership made");
  refuseFaults(faults);
  return createEffectSink(options, (_tx, messages) => Promise.resolve(messages.map(() => "new")));
}
