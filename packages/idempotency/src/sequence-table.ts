import { identifier } from "@weir/postgres";
import type { Migration } from "@weir/postgres";

/** Apply with `migrate(database, { schema, migrations: sequenceMigrations })`, in the consumer's database. */
export const sequenceMigrations: readonly Migration[] = [
  {
    name: "idempotency/001-sequences",
    sql: `create table sequences (
  consumer text not null,
  aggregate text collate "C" not null,
  last_number bigint not null,
  last_id uuid not null,
  previous_number bigint not null default 0,
  previous_id uuid,
  moved_at timestamptz not null default now(),
  primary key (consumer, aggregate)
)`,
  },
];

/**
 * Moves each aggregate to the highest number of the batch, in the order of the array, and answers with where it was. The
 * row is held until the end of the transaction. Where it was is kept in the row, because only Postgres 18 and later can answer
 * with a row's former values.
 */
export function moveStatement(schema: string): string {
  return `insert into ${identifier(schema, "sequences")} as held (consumer, aggregate, last_number, last_id)
select $1, aggregate, number, id
from unnest($2::text[], $3::bigint[], $4::uuid[]) with ordinality as asked (aggregate, number, id, place) order by place
on conflict (consumer, aggregate) do update set
  previous_number = held.last_number,
  previous_id = held.last_id,
  last_number = greatest(held.last_number, excluded.last_number),
  last_id = case when excluded.last_number > held.last_number then excluded.last_id else held.last_id end,
  moved_at = now()
returning aggregate, previous_number as number, previous_id as id`;
}
