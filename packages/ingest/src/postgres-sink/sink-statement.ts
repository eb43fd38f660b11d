import { identifier } from "@weir/postgres";
import type { Migration } from "@weir/postgres";
import { checkSinkOptions } from "./sink-options.ts";
import type { SinkTableOptions } from "./sink-options.ts";
import { wireType } from "./sink-column.ts";

/**
 * The migration that makes the sink's table. Its primary key is the origin: that a message has its effect once rests on
 * this key and on nothing else. `arrival` is numbered by the database, in the order of the batch.
 */
export function postgresSinkTable<T>(options: SinkTableOptions<T>): Migration {
  checkSinkOptions(options);
  const columns = options.columns.map(({ name, type }) => `,\n  ${identifier(name)} ${type}`);
  const sql = `create table ${identifier(options.table)} (
  origin text not null,
  origin_offset bigint not null,
  arrival bigint generated always as identity${columns.join("")},
  primary key (origin, origin_offset)
)`;
  return { name: `postgres-sink/${options.table}`, sql };
}

/**
 * One statement for a batch of any size: one array per column, so that Postgres plans the same text each time.
 * A fenced one writes only rows of the origins in `owned` (see `FencedInsert`).
 * `order by` stands below the identity column's default, which is why arrival follows the batch.
 */
export function insertStatement<T>(options: SinkTableOptions<T> & { schema: string; isFenced: boolean }): string {
  const names = options.columns.map(({ name }) => identifier(name));
  const targets = ["origin", "origin_offset", ...names].join(", ");
  const places = ["o", "n", ...names.map((_, index) => `c${index}`)].join(", ");
  const arrays = ["text", "bigint", ...options.columns.map(({ type }) => wireType(type))];
  const params = arrays.map((type, index) => `$${index + 1}::${type}[]`).join(", ");
  const owned = options.isFenced ? "\n  join owned on owned.origin = batch.o" : "";
  return `insert into ${identifier(options.schema, options.table)} (${targets})
select ${places} from unnest(${params}) with ordinality as batch (${places}, place)${owned} order by place
on conflict (origin, origin_offset) do nothing`;
}
