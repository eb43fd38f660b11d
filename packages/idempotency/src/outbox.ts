import type { Transaction } from "@weir/postgres";
import { idempotencyErrors } from "./idempotency-errors.ts";
import { appendParams, checkMessages } from "./outbox-message.ts";
import type { OutboxMessage } from "./outbox-message.ts";
import { outboxSettings } from "./outbox-options.ts";
import type { OutboxOptions } from "./outbox-options.ts";
import { appendStatement, gaugesStatement, pruneOutboxStatement, roomStatement } from "./outbox-table.ts";
import { prune } from "./prune.ts";
import type { PruneReport } from "./prune.ts";

/** What a message got: the same id and number each time it is sent. */
export interface OutboxNumber {
  readonly id: string;
  readonly aggregate: string;
  /** From 1, without holes, in the order in which the transactions commit. */
  readonly number: number;
}

export interface OutboxGauges {
  /** Messages that wait to be sent. */
  readonly unsent: number;
  /** Of the first in line, by the database's clock; 0 if there is none. */
  readonly oldestUnsentAgeMs: number;
  /** Messages that Kafka has refused for good: they wait for somebody to look at them. */
  readonly refused: number;
  /** Who holds the lease; `null`: nobody, and nothing is sent. */
  readonly relay: string | null;
}

export interface Outbox {
  /**
   * Writes messages in the caller's transaction: they are sent after its commit, and never without it. Messages of one
   * aggregate are numbered in their order; until the transaction ends, others that append to these aggregates wait.
   * Transactions that append once cannot deadlock by it.
   *
   * Rejects with `outbox-full`, `invalid-outbox-message`, or the errors of `@weir/postgres`. The quota is looked at before
   * writing: callers at the same moment can exceed it, each by what it writes.
   */
  append(tx: Transaction, messages: readonly OutboxMessage[]): Promise<readonly OutboxNumber[]>;
  /** Counts what is unsent: seldom enough, if that is a lot. */
  gauges(): Promise<OutboxGauges>;
  /** Deletes sent messages that were written longer than `sentRetentionMs` ago, in bounded steps. Call it from time to time. */
  prune(): Promise<PruneReport>;
}

/** Throws `invalid-options` with all faults at once. */
export function createOutbox(options: OutboxOptions): Outbox {
  const { database, schema, unsentMax, payloadBytesMax, sentRetentionMs, ...steps } = outboxSettings(options);
  const [appendSql, roomSql] = [appendStatement(schema), roomStatement(schema)];
  const [gaugesSql, pruneSql] = [gaugesStatement(schema), pruneOutboxStatement(schema)];

  return {
    async append(tx, messages) {
      if (messages.length === 0) return [];
      checkMessages(messages, { unsentMax, payloadBytesMax });
      const { rows: room } = await tx.query<{ has_room: boolean }>(roomSql, [unsentMax - messages.length]);
      if (room[0]?.has_room !== true) throw idempotencyErrors.outboxFull(unsentMax);
      const params = appendParams(messages);
      const { rows } = await tx.query<{ id: string; aggregate: string; number: string }>(appendSql, params);
      return rows.map(({ number, ...row }) => ({ ...row, number: Number(number) }));
    },
    async gauges() {
      const { rows } = await database.query<{ unsent: number; age: number; refused: number; relay: string | null }>(
        gaugesSql,
      );
      const { unsent = 0, age = 0, refused = 0, relay = null } = rows[0] ?? {};
      return { unsent, oldestUnsentAgeMs: age, refused, relay };
    },
    prune: () => prune(database, { sql: pruneSql, params: [sentRetentionMs], ...steps }),
  };
}
