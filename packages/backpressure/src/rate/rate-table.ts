import type { Migration } from "@weir/postgres";

/**
 * One row per limit. `due_ms` is when the next permit is due, in milliseconds of the database's clock; `at_once` is the burst
 * without what is kept back for permits that are fetched and not used yet.
 */
export const rateLimitMigrations: readonly Migration[] = [
  {
    name: "backpressure/001-rate-limits",
    sql: `create table rate_limits (
      name text primary key,
      permits integer not null check (permits > 0),
      per_ms integer not null check (per_ms > 0),
      burst integer not null,
      stale_max_ms integer not null check (stale_max_ms > 0),
      interval_ms double precision not null generated always as (per_ms::double precision / permits) stored,
      at_once integer not null generated always as
        (burst - ceil(stale_max_ms::double precision * permits / per_ms)::integer) stored check (at_once > 0),
      due_ms double precision not null default 0,
      given bigint not null default 0
    ) with (fillfactor = 50)`,
  },
];

const nowMs = "extract(epoch from clock_timestamp())::double precision * 1000";

/**
 * Books permits, and says when they may be used: together, once all of them are due or within the burst. One statement, so
 * that whoever waits for the row reads what the one before it has left.
 */
export const bookSql = (table: string): string => `
  update ${table} set
    due_ms = greatest(due_ms, ${nowMs}) + least($2::integer, at_once) * interval_ms,
    given = given + least($2::integer, at_once)
  where name = $1
  returning
    least($2::integer, at_once) as booked,
    due_ms - at_once * interval_ms - ${nowMs} as wait_ms,
    stale_max_ms, at_once`;

/** The row is made by whoever comes first; its rate is the one that counts for all. */
export const makeSql = (table: string): string => `
  insert into ${table} (name, permits, per_ms, burst, stale_max_ms) values ($1, $2, $3, $4, $5)
  on conflict (name) do nothing`;

/** What was booked ahead counts as so many permits of the new rate. */
export const changeSql = (table: string): string => `
  insert into ${table} as rate (name, permits, per_ms, burst, stale_max_ms) values ($1, $2, $3, $4, $5)
  on conflict (name) do update set
    permits = excluded.permits, per_ms = excluded.per_ms, burst = excluded.burst, stale_max_ms = excluded.stale_max_ms,
    due_ms = ${nowMs} + greatest(0, rate.due_ms - ${nowMs}) / rate.interval_ms * excluded.per_ms / excluded.permits`;
