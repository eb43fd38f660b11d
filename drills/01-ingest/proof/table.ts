import type { Database } from "@weir/postgres";
import type { WorkerLogins } from "@weir/drill";
import { identifier } from "@weir/postgres";
import type { Evidence } from "./facts.ts";
import { digestOf, orderContent } from "./stream.ts";

const chunkSize = 5_000;
/** How many missing offsets a kill record names, at most. */
const missingMax = 100;

/** The judge's own look at what the solution wrote. */
export class ResultTable {
  readonly #database: Database;
  readonly #orders: string;
  readonly #letters: string;
  readonly #schema: string;
  readonly #logins: WorkerLogins;

  constructor(database: Database, schema: string, logins: WorkerLogins) {
    this.#database = database;
    this.#logins = logins;
    this.#schema = schema;
    this.#orders = identifier(schema, "orders");
    this.#letters = identifier(schema, "dead_letters");
  }

  /** Rows and dead letters so far. */
  async settled(): Promise<number> {
    const { rows } = await this.#database.query<{ settled: string }>(
      `select (select count(*) from ${this.#orders}) + (select count(*) from ${this.#letters}) as settled`,
    );
    return Number(rows[0]?.settled);
  }

  /** How many connections to the database each worker of this run has. */
  async connections(): Promise<(readonly [worker: string, connections: number])[]> {
    const { column, mine, workerOf } = this.#logins;
    const { rows } = await this.#database.query<{ name: string; connections: string }>(
      `select ${column} as name, count(*) as connections from pg_stat_activity
        where datname = current_database() and ${mine} group by 1 order by 1`,
    );
    return rows.map(({ name, connections }) => [workerOf(name), Number(connections)]);
  }

  /** Nobody can write an order until the answer is called: the lock waits for statements under way, and lets everybody read. */
  async hold(): Promise<() => Promise<void>> {
    const locked = Promise.withResolvers<void>();
    const letGo = Promise.withResolvers<void>();
    const held = this.#database.transaction(async (tx) => {
      await tx.query(`lock table ${this.#orders} in share mode`);
      locked.resolve();
      await letGo.promise;
    });
    held.catch((thrown: unknown) => locked.reject(thrown));
    await locked.promise;
    return () => {
      letGo.resolve();
      return held;
    };
  }

  /**
   * Nobody can write these places until the answer is called: who tries waits for the judge's own rows, which are never
   * committed. `undefined`: the table is such that the judge cannot write to it.
   */
  async holdPlaces(origin: string, offsets: readonly number[]): Promise<(() => Promise<void>) | undefined> {
    const held = Promise.withResolvers<boolean>();
    const letGo = Promise.withResolvers<never>();
    const sql = `insert into ${this.#orders} (origin, origin_offset, id, account, amount_cents)
      select $1, o, 'held by the judge', '', 0 from unnest($2::bigint[]) as o`;
    const holding = this.#database.transaction(async (tx) => {
      await tx.query(sql, [origin, offsets]);
      held.resolve(true);
      await letGo.promise;
    });
    // Rolled back by throwing; and a table that does not take the rows refuses them here.
    const ended = holding.catch(() => held.resolve(false));
    if (!(await held.promise)) return undefined;
    return async () => {
      letGo.reject(new Error("never to be committed"));
      await ended;
    };
  }

  /** How many connections of this run's workers wait for a lock. */
  async waiting(): Promise<number> {
    const { rows } = await this.#database.query<{ waiting: string }>(
      `select count(*) as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock' and ${this.#logins.mine}`,
    );
    return Number(rows[0]?.waiting);
  }

  /** How many messages at or above this offset are in the table. */
  async writtenFrom(origin: string, offset: number): Promise<number> {
    const { rows } = await this.#database.query<{ n: string }>(
      `select count(*) as n from ${this.#orders} where origin = $1 and origin_offset >= $2`,
      [origin, offset],
    );
    return Number(rows[0]?.n);
  }

  /** Below this offset and neither written nor set aside: which (the first hundred). As sets: the table may have no index. */
  async missingBelow(origin: string, offset: number): Promise<number[]> {
    const { rows } = await this.#database.query<{ o: string }>(
      `select o from generate_series(0, $2::bigint - 1) as o
        except select origin_offset from ${this.#orders} where origin = $1 and origin_offset < $2
        except select origin_offset from ${this.#letters} where origin = $1 and origin_offset < $2
        order by 1 limit ${missingMax}`,
      [origin, offset],
    );
    return rows.map(({ o }) => Number(o));
  }

  /** Is `arrival` an identity column that nobody but the database can fill? */
  async isArrivalGiven(): Promise<boolean> {
    const { rows } = await this.#database.query<{ generation: string | null }>(
      `select identity_generation as generation from information_schema.columns
        where table_schema = $1 and table_name = 'orders' and column_name = 'arrival'`,
      [this.#schema],
    );
    return rows[0]?.generation === "ALWAYS";
  }

  /** All rows, in chunks, as evidence. */
  async *rows(): AsyncGenerator<Extract<Evidence, { kind: "rows" }>> {
    type OrderRow = {
      origin: string;
      origin_offset: string;
      arrival: string;
      id: string;
      account: string;
      amount_cents: string;
      fence: string | null;
    };
    const sql = `select origin, origin_offset, arrival, id, account, amount_cents, fence from ${this.#orders}
      where arrival > $1 order by arrival limit ${chunkSize}`;
    for (let after = "0"; ;) {
      const { rows } = await this.#database.query<OrderRow>(sql, [after]);
      const last = rows.at(-1);
      if (last === undefined) return;
      after = last.arrival;
      yield {
        kind: "rows",
        rows: rows.map((row) => {
          const content = orderContent({ id: row.id, account: row.account, amountCents: Number(row.amount_cents) });
          return [
            partitionOf(row.origin),
            Number(row.origin_offset),
            Number(row.arrival),
            digestOf(content),
            row.fence === null ? null : Number(row.fence),
          ];
        }),
      };
    }
  }

  /** All dead letters, as evidence. There are few of them, by the drill's own inputs. */
  async letters(): Promise<Extract<Evidence, { kind: "letters" }>> {
    type LetterRow = { origin: string; origin_offset: string; reason: string; raw: Buffer | null };
    const { rows } = await this.#database.query<LetterRow>(
      `select origin, origin_offset, reason, raw from ${this.#letters} order by origin, origin_offset`,
    );
    return {
      kind: "letters",
      letters: rows.map(({ origin, origin_offset, reason, raw }) => {
        return [partitionOf(origin), Number(origin_offset), reason, raw === null ? "null" : digestOf(raw)];
      }),
    };
  }
}

function partitionOf(origin: string): number {
  return Number(origin.slice(origin.lastIndexOf("/") + 1));
}
