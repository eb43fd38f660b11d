import { identifier } from "@weir/postgres";
import type { Migration, SqlValue } from "@weir/postgres";
import type { LetterRow } from "./letter-row.ts";

/** Apply with `migrate(database, { schema, migrations: deadLetterMigrations })`. */
export const deadLetterMigrations: readonly Migration[] = [
  {
    name: "dead-letter/001-table",
    sql: `create table dead_letters (
  id bigint generated always as identity primary key,
  pipeline text not null,
  origin text not null,
  origin_offset bigint not null,
  epoch bigint not null,
  attempt integer not null,
  reason text not null,
  detail text not null,
  key bytea,
  key_bytes integer,
  raw bytea,
  raw_bytes integer,
  raw_sha256 bytea,
  metadata jsonb not null,
  recorded_at timestamptz not null default now(),
  unique (pipeline, origin, origin_offset)
);
create index dead_letters_reason on dead_letters (pipeline, reason, id)`,
  },
];

export const tableOf = (schema: string): string => identifier(schema, "dead_letters");

interface Column {
  readonly name: string;
  readonly type: string;
  readonly of: (row: LetterRow) => string | number | Uint8Array | null;
}

const columns: readonly Column[] = [
  { name: "origin", type: "text", of: (row) => row.origin },
  { name: "origin_offset", type: "bigint", of: (row) => row.offset },
  { name: "epoch", type: "bigint", of: (row) => row.epoch },
  { name: "attempt", type: "integer", of: (row) => row.attempt },
  { name: "reason", type: "text", of: (row) => row.reason },
  { name: "detail", type: "text", of: (row) => row.detail },
  { name: "key", type: "bytea", of: (row) => row.key },
  { name: "key_bytes", type: "integer", of: (row) => row.keyBytes },
  { name: "raw", type: "bytea", of: (row) => row.raw },
  { name: "raw_bytes", type: "integer", of: (row) => row.rawBytes },
  { name: "raw_sha256", type: "bytea", of: (row) => row.rawSha256 },
  { name: "metadata", type: "jsonb", of: (row) => row.metadata },
];

/** Records any number of letters at once; those that are there already stay as they are. Fenced: only of the origins in `owned`. */
export function recordStatement(schema: string, isFenced = false): string {
  const owned = isFenced ? "\n  join owned on owned.origin = letter.origin" : "";
  const names = columns.map(({ name }) => name).join(", ");
  const places = columns.map(({ name }) => `letter.${name}`).join(", ");
  const arrays = columns.map(({ type }, index) => `$${index + 2}::${type}[]`).join(", ");
  return `insert into ${tableOf(schema)} (pipeline, ${names})
select $1, ${places} from unnest(${arrays}) with ordinality as letter (${names}, place)${owned} order by place
on conflict (pipeline, origin, origin_offset) do nothing`;
}

/** The parameters of {@link recordStatement}. */
export function recordParams(pipeline: string, rows: readonly LetterRow[]): readonly SqlValue[] {
  return [pipeline, ...columns.map((column) => rows.map(column.of))];
}
