import { identifier } from "@weir/postgres";
import type { Migration } from "@weir/postgres";

/**
 * Apply with `migrate(database, { schema, migrations: inboxMigrations })`. That an effect happens once rests on the primary
 * key, and on the key being in the effect's transaction, and on nothing else.
 */
export const inboxMigrations: readonly Migration[] = [
  {
    name: "idempotency/001-dedupe-keys",
    sql: `create table dedupe_keys (
  inbox text not null,
  key text collate "C" not null,
  digest bytea not null,
  admitted_at timestamptz not null default now(),
  primary key (inbox, key)
)`,
  },
];

/** Bytes of a digest in the one value that carries all of a batch: an array of them costs more than the insert. */
export const digestBytes = 32;

/**
 * Looks all keys up, takes those that are free in the order of the array, and answers in one row, by place, for the others:
 * `same` were taken with the same digest, `other` with another one, which is told; `unclear` were taken by a transaction that
 * committed while this statement ran: they are asked for again, because its snapshot is older. A key that a transaction
 * under way has taken is waited for. The look-up is a subquery, which stays one per key: a join becomes a scan of the table
 * while its statistics are young.
 */
export function takeStatement(schema: string): string {
  const table = identifier(schema, "dedupe_keys");
  return `with asked as materialized (
  select key, place, digest, (select digest from ${table} as kept where kept.inbox = $1 and kept.key = given.key) as known
  from (
    select key collate "C" as key, place::int, substr($3::bytea, (place::int - 1) * ${digestBytes} + 1, ${digestBytes}) as digest
    from unnest($2::text[]) with ordinality as given (key, place)
  ) as given
), taken as (
  insert into ${table} (inbox, key, digest)
  select $1, key, digest from asked where known is null order by place
  on conflict (inbox, key) do nothing
  returning key
)
select array_agg(place) filter (where known = digest) as same,
  array_agg(place) filter (where known <> digest) as other,
  array_agg(known) filter (where known <> digest) as digests,
  array_agg(place) filter (where known is null and key not in (select key from taken)) as unclear
from asked`;
}

/** Pages of 8 KiB hold about so many keys. */
export const rowsPerPage = 64;

export function pagesStatement(schema: string): string {
  const table = identifier(schema, "dedupe_keys").replaceAll("'", "''");
  return `select (pg_relation_size('${table}') / current_setting('block_size')::int)::int as pages`;
}

/** From one page up to another, by a scan of these pages: an index by age would cost every effect, and serve only this. */
export function pruneKeysStatement(schema: string): string {
  return `delete from ${identifier(schema, "dedupe_keys")}
where ctid >= $3::tid and ctid < $4::tid and inbox = $1 and admitted_at < now() - $2 * interval '1 millisecond'`;
}
