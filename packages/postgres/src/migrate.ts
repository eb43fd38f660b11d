import { createHash } from "node:crypto";
import type { Database } from "./database.ts";
import { identifier } from "./identifier.ts";
import { postgresErrors } from "./postgres-errors.ts";
import type { Transaction } from "./transaction.ts";

/** One step of a schema. Once applied, its text must never change. */
export interface Migration {
  /** Unique within the schema; begins with its package, e.g. `dead-letter/001-table`. */
  readonly name: string;
  /** One or more statements. Unqualified names lie in the schema that is migrated. */
  readonly sql: string;
}

export interface MigrateOptions {
  /** Created if it is not there. */
  readonly schema: string;
  /** In the order in which they apply. Several lists may live in one schema: each looks at its own names only. */
  readonly migrations: readonly Migration[];
}

/**
 * Brings a schema up to date in one transaction: all of it or nothing. Callers at the same time wait for each other.
 * Answers with the names that it applied.
 *
 * Rejects with `migration-changed`, `migration-order`, or what the database says.
 */
export async function migrate(database: Database, { schema, migrations }: MigrateOptions): Promise<readonly string[]> {
  const names = migrations.map((migration) => migration.name);
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) throw postgresErrors.migrationOrder(`migration ${twice} stands in the list twice`);
  return database.transaction(async (tx) => {
    await prepareSchema(tx, schema);
    const pending = pendingOf(migrations, await appliedDigests(tx, names));
    for (const migration of pending) {
      await tx.query(migration.sql);
      await tx.query("insert into weir_migrations (name, digest) values ($1, $2)", [
        migration.name,
        digestOf(migration.sql),
      ]);
    }
    return pending.map((migration) => migration.name);
  });
}

/** The lock comes first: `create … if not exists` alone fails when two callers create at the same moment. */
async function prepareSchema(tx: Transaction, schema: string): Promise<void> {
  const quoted = identifier(schema);
  await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`weir migrate ${schema}`]);
  // Asked first, so that a user who may not create schemas can use one that was made for it.
  const { rows } = await tx.query("select 1 from pg_namespace where nspname = $1", [schema]);
  if (rows.length === 0) await tx.query(`create schema ${quoted}`);
  await tx.query(`set local search_path to ${quoted}`);
  await tx.query(`create table if not exists weir_migrations (
    name text primary key,
    digest text not null,
    applied_at timestamptz not null default now()
  )`);
}

async function appliedDigests(tx: Transaction, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await tx.query<{ name: string; digest: string }>(
    "select name, digest from weir_migrations where name = any($1::text[])",
    [names],
  );
  return new Map(rows.map((row) => [row.name, row.digest]));
}

function pendingOf(migrations: readonly Migration[], applied: ReadonlyMap<string, string>): readonly Migration[] {
  const pending: Migration[] = [];
  for (const migration of migrations) {
    const digest = applied.get(migration.name);
    const [before] = pending;
    if (digest === undefined) pending.push(migration);
    else if (digest !== digestOf(migration.sql)) throw postgresErrors.migrationChanged(migration.name);
    else if (before !== undefined) {
      throw postgresErrors.migrationOrder(
        `migration ${before.name} stands before ${migration.name}, which is applied already: new ones go to the end`,
      );
    }
  }
  return pending;
}

function digestOf(sql: string): string {
  return createHash("sha256").update(sql).digest("hex");
}
