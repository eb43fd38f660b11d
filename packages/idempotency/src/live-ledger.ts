/** For live tests: a schema with an inbox's tables and a ledger, on the real Postgres. */
import { createMessage } from "@weir/core";
import type { Batch, Message, Origin } from "@weir/core";
import { createDatabase, identifier, migrate, ownershipMigrations } from "@weir/postgres";
import type { Database, Transaction } from "@weir/postgres";
import { freshName, liveServices } from "@weir/services/testing";
import { inboxMigrations } from "./inbox-table.ts";
import { createInbox } from "./inbox.ts";
import type { Inbox } from "./inbox.ts";
import { outboxMigrations } from "./outbox-table.ts";
import { sequenceMigrations } from "./sequence-table.ts";

export interface Entry {
  readonly key: string;
  readonly amount: number;
}

export class LiveLedger {
  readonly schema = freshName("ledger");
  readonly database: Database;
  /** How its connections call themselves. */
  readonly applicationName = freshName("worker");
  readonly inbox: Inbox;

  private constructor() {
    const { applicationName, schema } = this;
    this.database = createDatabase({ url: liveServices().databaseUrl, poolMax: 8, applicationName });
    this.inbox = createInbox({
      database: this.database,
      schema,
      inbox: "ledger",
      retentionMs: 60_000,
      topicRetentionMs: 60_000,
    });
  }

  static async create(): Promise<LiveLedger> {
    const ledger = new LiveLedger();
    const { schema, database } = ledger;
    const entries = { name: "test/ledger", sql: "create table entries (key text not null, amount bigint not null)" };
    const parts = [inboxMigrations, outboxMigrations, sequenceMigrations, ownershipMigrations, [entries]];
    await migrate(database, { schema, migrations: parts.flat() });
    return ledger;
  }

  /** Applies entries as a ledger would: nothing here keeps a second one of a key out. */
  readonly apply = async (tx: Transaction, messages: readonly Message<Entry>[]): Promise<void> => {
    await this.book(
      tx,
      messages.map(({ data }) => data),
    );
  };

  async book(tx: Transaction, entries: readonly Entry[]): Promise<void> {
    await tx.query(`insert into ${this.table("entries")} select * from unnest($1::text[], $2::bigint[])`, [
      entries.map(({ key }) => key),
      entries.map(({ amount }) => amount),
    ]);
  }

  async booked(): Promise<Entry[]> {
    const { rows } = await this.database.query<{ key: string; amount: string }>(
      `select key, amount from ${this.table("entries")} order by key collate "C", amount`,
    );
    return rows.map(({ key, amount }) => ({ key, amount: Number(amount) }));
  }

  table(name: string): string {
    return identifier(this.schema, name);
  }

  /** Resolves when so many of our connections wait for a lock. */
  async untilWaiting(count: number): Promise<void> {
    const sql = "select from pg_stat_activity where application_name = $1 and wait_event_type = 'Lock'";
    await this.until(async () => (await this.database.query(sql, [this.applicationName])).count === count);
  }

  /** Asks again until the answer is true; the test's own timeout ends it. */
  async until(condition: () => boolean | Promise<boolean>): Promise<void> {
    while (!(await condition())) await this.database.query("select pg_sleep(0.005)");
  }

  async drop(): Promise<void> {
    await this.database.query(`drop schema ${identifier(this.schema)} cascade`);
    await this.database.close();
  }
}

export function messageOf(entry: Entry, { origin, offset }: { origin?: Origin; offset?: number } = {}): Message<Entry> {
  return createMessage({
    origin: origin ?? { id: "entries/0", epoch: 1 },
    offset: offset ?? 0,
    key: entry.key,
    data: entry,
    raw: Buffer.from(JSON.stringify(entry)),
  });
}

export function batchOf<T>(messages: readonly Message<T>[]): Batch<T> {
  return { key: "", messages, trigger: "size" };
}
