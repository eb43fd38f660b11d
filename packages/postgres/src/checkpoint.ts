import { positionsAfter, type Checkpointed, type Message, type Origin } from "@weir/core";
import { ownersOf } from "./owner-table.ts";
import { ownershipErrors } from "./postgres-errors.ts";
import type { SqlValue } from "./sql-value.ts";
import type { Transaction } from "./transaction.ts";

/**
 * Takes the owners' rows until the transaction ends, each only under its own fence and all in one order, so that two
 * transactions never wait for each other. What is below a row's position, or in `beyond`, was decided by a transaction
 * that has committed. The position moves as far as the pipeline says, and on over what stands in `beyond` without a gap:
 * of two batches at the same time neither knows of the other.
 */
export function checkpointStatement(schema: string): string {
  return `with held as materialized (
  select owner.origin, owner.position, owner.beyond, claimed.reached, claimed.place::int as place
  from ${ownersOf(schema)} as owner
  join unnest($2::text[], $3::bigint[], $4::bigint[]) with ordinality as claimed (origin, fence, reached, place)
    on claimed.origin = owner.origin and claimed.fence = owner.fence
  where owner.pipeline = $1
  order by owner.origin
  for no key update of owner
), asked as materialized (
  select held.origin, asked.n, asked.place::int as place,
    coalesce(asked.n < held.position, false) or held.beyond @> asked.n as is_decided
  from unnest($5::int[], $6::bigint[]) with ordinality as asked (claim, n, place)
  join held on held.place = asked.claim
), decided as (
  select held.origin, held.beyond + range_agg(int8range(asked.n, asked.n + 1))
    + case when coalesce(held.position, held.reached) is null then '{}'::int8multirange
        else int8multirange(int8range(null, greatest(held.position, held.reached))) end as offsets
  from held join asked on asked.origin = held.origin
  group by held.origin, held.beyond, held.position, held.reached
), stored as (
  update ${ownersOf(schema)} as owner set
    position = (select upper(prefix) from unnest(decided.offsets) as prefix where lower_inf(prefix)),
    beyond = decided.offsets - coalesce(
      (select int8multirange(prefix) from unnest(decided.offsets) as prefix where lower_inf(prefix)), '{}')
  from decided where owner.pipeline = $1 and owner.origin = decided.origin
) select array(select place from held) as owned, array(select place from asked where not is_decided) as undecided`;
}

/** As core's `Checkpoints` says. */
export async function checkpoint<T>(
  tx: Transaction,
  { statement, pipeline }: { readonly statement: string; readonly pipeline: string },
  messages: readonly Message<T>[],
): Promise<Checkpointed<T>> {
  const places = new Map<Origin, number>();
  for (const { origin } of messages) {
    if (origin.fence === undefined) throw ownershipErrors.unclaimed(origin.id);
    if (!places.has(origin)) places.set(origin, places.size + 1);
  }
  const origins = [...places.keys()];
  const positions = positionsAfter(messages);
  const params: SqlValue[] = [
    pipeline,
    origins.map(({ id }) => id),
    origins.map(({ fence = 0 }) => fence),
    origins.map((origin) => positions.get(origin) ?? null),
    messages.map(({ origin }) => places.get(origin) as number),
    messages.map(({ offset }) => offset),
  ];
  const { rows } = await tx.query<{ owned: number[]; undecided: number[] }>(statement, params);
  const [owned, undecided] = [new Set(rows[0]?.owned), new Set(rows[0]?.undecided)];
  return {
    undecided: messages.filter((_, i) => undecided.has(i + 1)),
    fenced: new Set(origins.filter((_, i) => !owned.has(i + 1))),
  };
}
