import { dead } from "@weir/core";
import { refuseFaults } from "@weir/core/options";
import type { Transaction } from "@weir/postgres";
import type { Admission } from "./admission.ts";
import { inLockOrder } from "./dedupe-key.ts";
import { publishIdempotency } from "./idempotency-events.ts";
import { schemaFaults, textFaults } from "./option-faults.ts";
import { moveStatement } from "./sequence-table.ts";

/** What names a message of an outbox: the same each time it is sent. */
export interface SequenceEntry {
  readonly id: string;
  readonly aggregate: string;
  /** From 1, rising. */
  readonly number: number;
}

export interface SequenceOptions {
  /** Where `sequenceMigrations` were applied: beside the effects. */
  readonly schema: string;
  /** Whose progress this is. */
  readonly consumer: string;
}

export interface Sequence {
  readonly name: string;
  /**
   * Answers for each entry, in their order: `new` if its number is above the last of its aggregate, else a `duplicate`; dead
   * (`number-conflict`) if the last number comes again under another id: then two outboxes count in one topic. The effect of
   * what is new belongs into the same transaction. Numbers that are left out are told (event `gap`), and never come.
   *
   * Transactions that call once cannot deadlock by it. Rejects with the errors of `@weir/postgres`.
   */
  admit(tx: Transaction, entries: readonly SequenceEntry[]): Promise<readonly Admission[]>;
}

interface Last {
  readonly number: number;
  readonly id: string | null;
}

/** Throws `invalid-options` with all faults at once. */
export function createSequence({ schema, consumer }: SequenceOptions): Sequence {
  refuseFaults([...schemaFaults(schema), ...textFaults("consumer", consumer)]);
  const sql = moveStatement(schema);

  async function move(tx: Transaction, entries: readonly SequenceEntry[]): Promise<Map<string, Last>> {
    const highest = new Map<string, SequenceEntry>();
    for (const entry of entries) {
      if (entry.number > (highest.get(entry.aggregate)?.number ?? 0)) highest.set(entry.aggregate, entry);
    }
    const aggregates = inLockOrder(highest.keys());
    const tops = aggregates.map((aggregate) => highest.get(aggregate) as SequenceEntry);
    const params = [consumer, aggregates, tops.map(({ number }) => number), tops.map(({ id }) => id)];
    const { rows } = await tx.query<{ aggregate: string; number: string; id: string | null }>(sql, params);
    return new Map(rows.map(({ aggregate, number, id }) => [aggregate, { number: Number(number), id }]));
  }

  function admitOne(entry: SequenceEntry, lasts: Map<string, Last>): Admission {
    const last = lasts.get(entry.aggregate) ?? { number: 0, id: null };
    if (entry.number === last.number && entry.id !== last.id) return conflict(entry);
    if (entry.number <= last.number) return "duplicate";
    if (entry.number > last.number + 1) {
      const { aggregate, number: found } = entry;
      publishIdempotency("gap", { consumer, aggregate, expected: last.number + 1, found });
    }
    lasts.set(entry.aggregate, entry);
    return "new";
  }

  return {
    name: consumer,
    async admit(tx, entries) {
      if (entries.length === 0) return [];
      const lasts = await move(tx, entries);
      return entries.map((entry) => admitOne(entry, lasts));
    },
  };
}

function conflict({ aggregate, number, id }: SequenceEntry): Admission {
  const sentence = `message ${id} has the number ${number} of ${JSON.stringify(aggregate)}, which another message had`;
  return dead("number-conflict", `${sentence}: nothing was applied`);
}
