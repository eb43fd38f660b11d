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
);
create index dedupe_keys_age on dedupe_keys (inbox, admitted_at)`,
  },
];

/**
 * Takes all keys that are free, in the order of the array, and answers for the others only: with the digest that the key
 * was taken with, or null where the transaction that took it committed while this statement ran: its snapshot is older.
 * A key that a transaction under way has taken is waited for. The lookup is skipped for what was taken here.
 */
export function takeStatement(schema: string): string {
  const table = identifier(schema, "dedupe_keys");
  return `with asked as materialized (
  select key collate "C" as key, digest, place
  from unnest($2::text[], $3::bytea[]) with ordinality as asked (key, digest, place)
), taken as (
  insert into ${table} (inbox, key, digest)
  select $1, key, digest from asked order by place
  on conflict (inbox, key) do nothing
  returning key
)
select asked.place::int as place, kept.digest as digest
from asked
left join taken on taken.key = asked.key
left join lateral (
  select digest from ${table} as kept where taken.key is null and kept.inbox = $1 and kept.key = asked.key
) as kept on true
where taken.key is null`;
}

/** The oldest first; what another prune works on is left to it. */
export function pruneKeysStatement(schema: string): string {
  const table = identifier(schema, "dedupe_keys");
  return `delete from ${table} where ctid = any (array(
  select ctid from ${table}
  where inbox = $1 and admitted_at < now() - $2 * interval '1 millisecond'
  order by admitted_at limit $3 for update skip locked
))`;
}
