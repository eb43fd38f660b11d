/**
 * For property tests: as much of Postgres as an inbox and its effects need, in memory. It passes the same contract as the
 * real one: a key is unique, undone with its transaction, waited for while another transaction holds it, and seen by
 * statements that begin after its commit.
 */
import { WeirError } from "@weir/core";
import type { Database, QueryResult, SqlValue, Transaction } from "@weir/postgres";

export const bookSql = "insert into entries select * from unnest($1::text[], $2::bigint[])";

interface HeldKey {
  readonly digest: Uint8Array;
  readonly by: MemoryTx;
}

interface Store {
  readonly keys: Map<string, HeldKey>;
  readonly entries: { key: string; amount: number }[];
  /** Transactions ended so far: when a snapshot was taken, and when a commit happened. */
  ends: number;
  readonly step: () => Promise<unknown>;
}

/** What of a database and a transaction is used here. */
type Used = Pick<Database, "target" | "query" | "transaction" | "close">;
type UsedTransaction = Pick<Transaction, "kind" | "query">;

/** `step` runs before each statement and each end of a transaction: a scheduler decides who goes on. */
export function memoryDatabase(
  entries: { key: string; amount: number }[],
  step = (): Promise<unknown> => Promise.resolve(),
): Database {
  return new MemoryDatabase({ keys: new Map(), entries, ends: 0, step }) as unknown as Database;
}

class MemoryDatabase implements Used {
  readonly target = "memory";
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  async transaction<T>(work: (tx: Transaction) => Promise<T>): Promise<T> {
    const tx = new MemoryTx(this.#store);
    try {
      const result = await work(tx as unknown as Transaction);
      await this.#store.step();
      tx.end(true);
      return result;
    } catch (thrown) {
      tx.end(false);
      throw thrown;
    }
  }

  query<Row extends object>(sql: string, params: readonly SqlValue[] = []): Promise<QueryResult<Row>> {
    return this.transaction((tx) => tx.query<Row>(sql, params));
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

class MemoryTx implements UsedTransaction {
  readonly kind = "transaction";
  readonly #store: Store;
  readonly #taken: string[] = [];
  readonly #booked: { key: string; amount: number }[] = [];
  readonly #end = Promise.withResolvers<void>();
  #waitsFor: MemoryTx | null = null;
  /** Null while it runs. */
  committedAt: number | null = null;

  constructor(store: Store) {
    this.#store = store;
  }

  async query<Row extends object>(sql: string, params: readonly SqlValue[] = []): Promise<QueryResult<Row>> {
    await this.#store.step();
    if (sql === bookSql) return this.#book(params);
    if (!sql.includes("dedupe_keys")) throw new Error(`this memory knows no such statement: ${sql}`);
    const [inbox, keys, digests] = params as [string, string[], Buffer];
    const snapshot = this.#store.ends;
    const row: { same: number[]; other: number[]; digests: Uint8Array[]; unclear: number[] } = {
      same: [],
      other: [],
      digests: [],
      unclear: [],
    };
    for (const [i, key] of keys.entries()) {
      const digest = digests.subarray(i * 32, (i + 1) * 32);
      const held = await this.#take(`${inbox}/${key}`, digest);
      if (held === undefined) continue;
      const isVisible = held.by === this || (held.by.committedAt ?? Infinity) <= snapshot;
      if (!isVisible) row.unclear.push(i + 1);
      else if (Buffer.compare(held.digest, digest) === 0) row.same.push(i + 1);
      else {
        row.other.push(i + 1);
        row.digests.push(held.digest);
      }
    }
    return { rows: [row as unknown as Row], count: 1 };
  }

  end(isCommitted: boolean): void {
    this.#store.ends += 1;
    if (isCommitted) {
      this.committedAt = this.#store.ends;
      this.#store.entries.push(...this.#booked);
    } else for (const key of this.#taken) this.#store.keys.delete(key);
    this.#end.resolve();
  }

  /** Undefined: it is ours now. */
  async #take(key: string, digest: Uint8Array): Promise<HeldKey | undefined> {
    const { keys, step } = this.#store;
    for (;;) {
      const held = keys.get(key);
      if (held === undefined) {
        keys.set(key, { digest, by: this });
        this.#taken.push(key);
        return undefined;
      }
      if (held.by === this || held.by.committedAt !== null) return held;
      await this.#waitFor(held.by);
      await step();
    }
  }

  async #waitFor(other: MemoryTx): Promise<void> {
    for (let next: MemoryTx | null = other; next !== null; next = next.#waitsFor) {
      if (next === this)
        throw new WeirError("deadlock", "two transactions wait for each other", { kind: "dependency" });
    }
    this.#waitsFor = other;
    await other.#end.promise;
    this.#waitsFor = null;
  }

  #book([keys, amounts]: readonly SqlValue[]): QueryResult<never> {
    const values = amounts as number[];
    this.#booked.push(...(keys as string[]).map((key, i) => ({ key, amount: Number(values[i]) })));
    return { rows: [], count: values.length };
  }
}
