import { dead, WeirError } from "@weir/core";
import type { Dead, Message } from "@weir/core";
import { checkNumbers, refuseFaults } from "@weir/core/options";
import { admitReadable } from "./admit-readable.ts";
import type { GivenKey } from "./dedupe-key.ts";
import { createEffectSink, effectSinkFaults } from "./effect-sink.ts";
import type { EffectSink, EffectSinkOptions } from "./effect-sink.ts";
import type { Inbox, InboxEntry } from "./inbox.ts";

export interface InboxSinkOptions<T> extends EffectSinkOptions<T> {
  readonly inbox: Inbox;
  /** What names the effect. Not the offset, not the time: both differ when the same message is sent again. */
  readonly keyOf: (message: Message<T>) => GivenKey;
  /** What must be equal under equal keys. Default: the message's bytes as they arrived. */
  readonly payloadOf?: (message: Message<T>) => string | Uint8Array | null;
}

const optionNames = ["name", "database", "effect", "ownership", "inbox", "keyOf", "payloadOf"];

/**
 * A sink whose messages have their effect once per dedupe key, however often and wherever they are delivered: keys and
 * effects of a batch are one transaction. A duplicate is `done`; a key that is none, or has another payload, is dead.
 * Throws `invalid-options` with all faults at once.
 */
export function createInboxSink<T>(options: InboxSinkOptions<T>): EffectSink<T> {
  const { inbox, keyOf, payloadOf = ({ raw }) => raw } = options;
  const faults = [...checkNumbers({}, options, { others: optionNames }), ...effectSinkFaults(options)];
  if (typeof inbox?.admit !== "function") faults.push("inbox: expected one that createInbox made");
  if (typeof keyOf !== "function") faults.push("keyOf: expected a function of the message");
  if (typeof payloadOf !== "function") faults.push("payloadOf: expected a function of the message, or nothing");
  refuseFaults(faults);
  return createEffectSink(options, (tx, messages) =>
    admitReadable(
      messages.map((message) => entryOf(message, keyOf, payloadOf)),
      (entries) => inbox.admit(tx, entries),
    ),
  );
}

/** A message that has no key, because the function throws at it, costs itself and not its batch. */
function entryOf<T>(
  message: Message<T>,
  keyOf: InboxSinkOptions<T>["keyOf"],
  payloadOf: NonNullable<InboxSinkOptions<T>["payloadOf"]>,
): InboxEntry | Dead {
  try {
    return { key: keyOf(message), payload: payloadOf(message) };
  } catch (thrown) {
    if (thrown instanceof WeirError && thrown.kind !== "row") throw thrown;
    return dead("key-failed", `the dedupe key could not be made: ${String(thrown)}`);
  }
}
