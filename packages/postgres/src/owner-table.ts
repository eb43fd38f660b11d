import { identifier } from "./identifier.ts";
import type { Migration } from "./migrate.ts";
import type { OutcomeTable } from "./ownership-options.ts";

/**
 * Apply with `migrate(database, { schema, migrations: ownershipMigrations })`. The fence is no part of the key: a claim
 * must be able to raise it while writers hold the row for key share, or it would starve behind a busy one.
 */
export const ownershipMigrations: readonly Migration[] = [
  {
    name: "ownership/001-owners",
    sql: `create table owners (
  pipeline text not null,
  origin text not null,
  fence bigint not null,
  position bigint,
  claimed_at timestamptz not null default now(),
  primary key (pipeline, origin)
)`,
  },
  {
    name: "ownership/002-beyond",
    sql: "alter table owners add column beyond int8multirange not null default '{}'",
  },
  {
    // Volatile, so that it looks with a snapshot of its own: at the row as it is when the function is called.
    name: "ownership/003-fence-now",
    sql: `create function fence_now(of_pipeline text, of_origin text) returns bigint language sql volatile
begin atomic
  select fence from owners where pipeline = of_pipeline and origin = of_origin;
end`,
  },
];

export const ownersOf = (schema: string): string => identifier(schema, "owners");

/**
 * First step of a claim, committed by itself: from here on no new statement of a former owner writes. With `$3` the origin
 * begins anew, and what was stored of its position is forgotten.
 */
export function raiseStatement(schema: string): string {
  return `insert into ${ownersOf(schema)} as owner (pipeline, origin, fence) values ($1, $2, 1)
on conflict (pipeline, origin) do update set fence = owner.fence + 1, claimed_at = now(),
  position = case when $3 then null else owner.position end, beyond = case when $3 then '{}' else owner.beyond end
returning fence`;
}

/**
 * Second step, in a statement of its own: waits for the former owners' statements that hold the row already. The position
 * is read here and not before, because one of those may have moved it.
 */
export function awaitStatement(schema: string): string {
  return `select position, greatest(position, upper(beyond)) - 1 as stored from ${ownersOf(schema)} where pipeline = $1 and origin = $2 for update`;
}

/** Third step: after the wait, so that its snapshot has all that was written before the claim. */
export function decidedStatement(schema: string, outcomes: readonly OutcomeTable[]): string {
  const highest = outcomes.map((each, i) => {
    const own = each.pipeline === undefined ? "" : `pipeline = $${i + 2} and `;
    return `(select max(origin_offset) from ${placeOf(schema, each)} where ${own}origin = $1)`;
  });
  return `select greatest(${["-1", ...highest].join(", ")}) as decided, $1::text as origin${ignored(outcomes, 2)}`;
}

/** What has its outcome in one of the tables, or was decided by a transaction that stored so. The pipeline comes last. */
export function lookUpStatement(schema: string, outcomes: readonly OutcomeTable[]): string {
  const isThere = outcomes.map((each, i) => {
    const own = each.pipeline === undefined ? "" : `pipeline = $${i + 3} and `;
    const same = "origin = asked.o and origin_offset = asked.n";
    return `exists (select from ${placeOf(schema, each)} where ${own}${same})`;
  });
  const isStored = `exists (select from ${ownersOf(schema)} as owner where owner.pipeline = $${outcomes.length + 3}
    and owner.origin = asked.o and (asked.n < owner.position or owner.beyond @> asked.n))`;
  return `select asked.place::int as place${ignored(outcomes, 3)}
from unnest($1::text[], $2::bigint[]) with ordinality as asked (o, n, place)
where ${[isStored, ...isThere].join("\n  or ")}`;
}

/**
 * Takes the owners' rows before the insert of the same statement, each only under its own fence. `for key share` suffers the
 * raise of a claim beside it, but not the wait: so a claim is quick, and still nothing comes in behind it. For the same reason
 * it takes a row whose fence was raised since the statement began, and shows it as it was: so the fence is read once more.
 */
export function fencedStatement(schema: string, insert: string, after: number): string {
  return `with taken as materialized (
  select owner.origin, claimed.fence from ${ownersOf(schema)} as owner
  join unnest($${after + 2}::text[], $${after + 3}::bigint[]) as claimed (origin, fence)
    on claimed.origin = owner.origin and claimed.fence = owner.fence
  where owner.pipeline = $${after + 1}
  for key share of owner
), owned as materialized (
  select origin from taken where ${fenceNowOf(schema)}($${after + 1}, origin) = fence
), written as (
${insert}
returning 1
) select (select count(*) from written)::int as count, array(select origin from owned) as owned`;
}

/** The same by itself, for a transaction: which of the claims are still the highest, by place from 1. */
export function holdStatement(schema: string): string {
  return `with taken as materialized (
  select claimed.place::int as place, owner.origin, claimed.fence from ${ownersOf(schema)} as owner
  join unnest($2::text[], $3::bigint[]) with ordinality as claimed (origin, fence, place)
    on claimed.origin = owner.origin and claimed.fence = owner.fence
  where owner.pipeline = $1
  for key share of owner
) select place from taken where ${fenceNowOf(schema)}($1, origin) = fence`;
}

const fenceNowOf = (schema: string): string => identifier(schema, "fence_now");

function placeOf(schema: string, { table, schema: own = schema }: OutcomeTable): string {
  return identifier(own, table);
}

/** Each table has its parameter; Postgres must know the type of those that are not used. */
function ignored(outcomes: readonly OutcomeTable[], first: number): string {
  return outcomes
    .map((each, i) => (each.pipeline === undefined ? `, $${i + first}::text as unused_${i}` : ""))
    .join("");
}
