import { identifier } from "@weir/postgres";
import type { Migration } from "@weir/postgres";

/**
 * Apply with `migrate(database, { schema, migrations: outboxMigrations })`. One outbox in a schema. What waits to be sent
 * stands in a table of its own: marking is a delete there, where a column would have every message written a second time.
 */
export const outboxMigrations: readonly Migration[] = [
  {
    name: "idempotency/001-outbox",
    sql: `create table outbox_aggregates (
  aggregate text collate "C" primary key,
  last_number bigint not null
);
create table outbox_messages (
  id bigint generated always as identity primary key,
  message_id uuid not null default gen_random_uuid(),
  aggregate text collate "C" not null,
  number bigint not null,
  topic text not null,
  payload bytea,
  headers jsonb,
  created_at timestamptz not null default now(),
  refused text,
  unique (aggregate, number)
);
create table outbox_unsent (
  id bigint primary key
);
create index outbox_refused on outbox_messages (id) where refused is not null;
create table outbox_relay (
  place smallint primary key default 1 check (place = 1),
  relay text not null,
  fence bigint not null,
  expires_at timestamptz not null
)`,
  },
];

const messagesOf = (schema: string): string => identifier(schema, "outbox_messages");
const unsentOf = (schema: string): string => identifier(schema, "outbox_unsent");
const relayOf = (schema: string): string => identifier(schema, "outbox_relay");

/**
 * Takes the aggregates' rows, in the order of the array, until the end of the transaction: who appends to one of them
 * waits. So numbers have no holes, and are committed in their order. `id` is drawn after that, because the sort stands
 * in between, and rises with the number within an aggregate.
 */
export function appendStatement(schema: string): string {
  return `with numbered as (
  insert into ${identifier(schema, "outbox_aggregates")} as held (aggregate, last_number)
  select aggregate, n from unnest($1::text[], $2::bigint[]) with ordinality as asked (aggregate, n, place) order by place
  on conflict (aggregate) do update set last_number = held.last_number + excluded.last_number
  returning aggregate, last_number
), written as (
  insert into ${messagesOf(schema)} (aggregate, number, topic, payload, headers)
  select message.aggregate, numbered.last_number - message.behind, message.topic, message.payload, message.headers
  from unnest($3::text[], $4::bigint[], $5::text[], $6::bytea[], $7::jsonb[]) with ordinality
    as message (aggregate, behind, topic, payload, headers, place)
  join numbered on numbered.aggregate = message.aggregate collate "C"
  order by message.place
  returning id, message_id, aggregate, number
), queued as (
  insert into ${unsentOf(schema)} select id from written
)
select message_id as id, aggregate, number from written order by written.id`;
}

/** Is there room for so many more? The span of the ids bounds the number of unsent rows at the price of two look-ups. */
export function roomStatement(schema: string): string {
  return `with span as (
  select coalesce((select max(id) from ${messagesOf(schema)}) - (select min(id) from ${unsentOf(schema)}) + 1, 0) as ids
)
select case when span.ids <= $1::bigint then true
  else (select count(*) from (select from ${unsentOf(schema)} limit $1::bigint + 1) as unsent) <= $1::bigint
end as has_room from span`;
}

export function gaugesStatement(schema: string): string {
  return `select (select count(*) from ${unsentOf(schema)})::int as unsent,
  coalesce((select extract(epoch from clock_timestamp() - created_at) * 1000 from ${messagesOf(schema)}
    where id = (select min(id) from ${unsentOf(schema)})), 0)::float8 as age,
  (select count(*) from ${messagesOf(schema)} where refused is not null)::int as refused,
  (select relay from ${relayOf(schema)} where expires_at > clock_timestamp()) as relay`;
}

/** Lowest ids first; what is unsent or refused stays, and is stepped over. */
export function pruneOutboxStatement(schema: string): string {
  const table = messagesOf(schema);
  return `delete from ${table} where id = any (array(
  select id from ${table} as message
  where created_at < now() - $1 * interval '1 millisecond' and refused is null
    and not exists (select from ${unsentOf(schema)} as unsent where unsent.id = message.id)
  order by id limit $2 for update skip locked
))`;
}

/** Only from somebody whose lease has run out, by the database's clock. The fence rises with every owner. */
export function takeLeaseStatement(schema: string): string {
  return `insert into ${relayOf(schema)} as held (relay, fence, expires_at)
values ($1, 1, clock_timestamp() + $2 * interval '1 millisecond')
on conflict (place) do update
set relay = excluded.relay, fence = held.fence + 1, expires_at = clock_timestamp() + $2 * interval '1 millisecond'
where held.expires_at <= clock_timestamp()
returning fence`;
}

/** Also after it ran out, as long as nobody else has taken it. With 0 it is given back. */
export function renewLeaseStatement(schema: string): string {
  return `update ${relayOf(schema)} set expires_at = clock_timestamp() + $2 * interval '1 millisecond'
where fence = $1 returning fence`;
}

/**
 * The unsent messages with the lowest ids, for the owner of the lease. Never "those above the last": ids are drawn before
 * they are committed, and whoever commits late would be stepped over for ever. What is under way is left out by name.
 */
export function unsentStatement(schema: string): string {
  return `select id, message_id, aggregate, number, topic, payload, headers from (
  select message.*, sum(coalesce(octet_length(payload), 0)) over (order by id) - coalesce(octet_length(payload), 0) as before
  from (
    select id from ${unsentOf(schema)}
    where id <> all ($2::bigint[]) and exists (select from ${relayOf(schema)} where fence = $1)
    order by id limit $3
  ) as first_ones
  join ${messagesOf(schema)} as message using (id)
) as unsent where before < $4 order by id`;
}

/**
 * Marks what Kafka has, or refuses with the reason $3, for the owner of the lease only. `for share` and no weaker: it waits for
 * a take-over that is under way, and then sees it.
 */
export function markStatement(schema: string): string {
  return `with owned as materialized (
  select fence from ${relayOf(schema)} where fence = $1 for share
), marked as (
  delete from ${unsentOf(schema)} as unsent using owned where unsent.id = any ($2::bigint[])
  returning unsent.id
), refused as (
  update ${messagesOf(schema)} as message set refused = $3
  from marked where $3::text is not null and message.id = marked.id
)
select exists (select from owned) as is_owned`;
}
