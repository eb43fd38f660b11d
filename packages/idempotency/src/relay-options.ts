import { systemClock } from "@weir/core";
import type { Clock } from "@weir/core";
import { checkNumbers, refuseFaults } from "@weir/core/options";
import type { NumberOptions } from "@weir/core/options";
import type { KafkaProducer } from "@weir/ingest/kafka";
import type { Database } from "@weir/postgres";
import { placeFaults } from "./option-faults.ts";

export interface OutboxRelayOptions {
  /** Stays open: it belongs to the caller. Two connections are used at a time. */
  readonly database: Database;
  /** Where `outboxMigrations` were applied. */
  readonly schema: string;
  /** Stays open: it belongs to the caller. One that nobody else sends with, or its calls wait for each other. */
  readonly producer: Pick<KafkaProducer, "send">;
  /** How this relay is called in events and gauges. Default: `relay` and a random part. */
  readonly name?: string;
  readonly leaseMs?: number;
  readonly pollMs?: number;
  readonly batchMax?: number;
  readonly batchBytesMax?: number;
  readonly clock?: Clock;
}

export type RelaySettings = Required<OutboxRelayOptions>;

export const relayNumbers = {
  leaseMs: {
    meaning: "how long a relay's hold on the outbox counts without being renewed, by the database's clock",
    unit: "ms",
    min: 100,
    max: 3_600_000,
    default: 10_000,
    tooLow: "a pause of the relay hands its work over, and messages are sent twice",
    tooHigh: "after a crash nothing is sent for so long",
  },
  pollMs: {
    meaning: "pause of an idle relay before it looks again, at most a third of `leaseMs`",
    unit: "ms",
    min: 1,
    max: 3_600_000,
    default: 100,
    tooLow: "an idle outbox costs statements",
    tooHigh: "messages wait to be seen",
  },
  batchMax: {
    meaning: "messages sent at once",
    unit: "messages",
    min: 1,
    max: 10_000,
    default: 500,
    tooLow: "a round trip to Kafka and one to Postgres for few messages",
    tooHigh: "more in memory, and more is sent twice after a crash",
  },
  batchBytesMax: {
    meaning: "bytes of the payloads sent at once; a larger message goes alone",
    unit: "bytes",
    min: 1,
    max: 67_108_864,
    default: 786_432,
    tooLow: "a round trip for few messages",
    tooHigh: "Kafka refuses the batch (`max.message.bytes`), which is sent again in halves",
  },
} as const satisfies NumberOptions;

/** Fills in the defaults. Throws `invalid-options` with all faults at once. */
export function relaySettings(options: OutboxRelayOptions): RelaySettings {
  const { database, schema, producer, name, clock = systemClock } = options;
  const faults = checkNumbers(relayNumbers, options, { others: ["database", "schema", "producer", "name", "clock"] });
  faults.push(...placeFaults({ database, schema }));
  if (typeof producer?.send !== "function") faults.push("producer: expected one that createKafkaProducer made");
  if (name !== undefined && (typeof name !== "string" || name === "")) faults.push("name: expected a name, or nothing");
  refuseFaults(faults);
  const leaseMs = options.leaseMs ?? relayNumbers.leaseMs.default;
  return {
    database,
    schema,
    producer,
    clock,
    name: name ?? `relay-${clock.id()}`,
    leaseMs,
    pollMs: Math.min(options.pollMs ?? relayNumbers.pollMs.default, Math.floor(leaseMs / 3)),
    batchMax: options.batchMax ?? relayNumbers.batchMax.default,
    batchBytesMax: options.batchBytesMax ?? relayNumbers.batchBytesMax.default,
  };
}
