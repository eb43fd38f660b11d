import { checkNumbers, refuseFaults } from "@weir/core/options";
import type { NumberOptions } from "@weir/core/options";
import type { Database } from "@weir/postgres";
import { pruneNumbers } from "./inbox-options.ts";
import { placeFaults } from "./option-faults.ts";

export interface OutboxOptions {
  /** Stays open: it belongs to the caller. */
  readonly database: Database;
  /** Where `outboxMigrations` were applied: there is one outbox in a schema. */
  readonly schema: string;
  readonly unsentMax?: number;
  readonly payloadBytesMax?: number;
  readonly sentRetentionMs?: number;
  readonly pruneRowsMax?: number;
  readonly pruneStepsMax?: number;
}

export type OutboxSettings = Required<OutboxOptions>;

export const outboxNumbers = {
  unsentMax: {
    meaning: "messages that wait to be sent; at this number `append` is refused (`outbox-full`)",
    unit: "messages",
    min: 1,
    max: 100_000_000,
    default: 100_000,
    tooLow: "callers are refused while Kafka is away for a moment",
    tooHigh: "a larger table, and a long way back after an outage",
  },
  payloadBytesMax: {
    meaning: "bytes of one payload",
    unit: "bytes",
    min: 1,
    max: 67_108_864,
    default: 786_432,
    tooLow: "good messages are refused (`invalid-outbox-message`)",
    tooHigh: "Kafka refuses what was accepted here: keep it below the topic's `max.message.bytes`",
  },
  sentRetentionMs: {
    meaning: "how long a message is kept after it was written, if it has been sent; for people to look at",
    unit: "ms",
    min: 0,
    max: 315_360_000_000,
    default: 86_400_000,
    tooLow: "nobody can see any more what was sent",
    tooHigh: "a larger table",
  },
  ...pruneNumbers,
} as const satisfies NumberOptions;

/** Fills in the defaults. Throws `invalid-options` with all faults at once. */
export function outboxSettings(options: OutboxOptions): OutboxSettings {
  const faults = checkNumbers(outboxNumbers, options, { others: ["database", "schema"] });
  refuseFaults([...faults, ...placeFaults(options)]);
  const { database, schema } = options;
  return {
    database,
    schema,
    unsentMax: options.unsentMax ?? outboxNumbers.unsentMax.default,
    payloadBytesMax: options.payloadBytesMax ?? outboxNumbers.payloadBytesMax.default,
    sentRetentionMs: options.sentRetentionMs ?? outboxNumbers.sentRetentionMs.default,
    pruneRowsMax: options.pruneRowsMax ?? pruneNumbers.pruneRowsMax.default,
    pruneStepsMax: options.pruneStepsMax ?? pruneNumbers.pruneStepsMax.default,
  };
}
