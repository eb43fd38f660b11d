/** What a message costs when so many keys are kept: `DATABASE_URL=… node src/measure/key-growth.ts [sizes]`. */
import { createDatabase, identifier, migrate } from "@weir/postgres";
import type { Database } from "@weir/postgres";
import { inboxMigrations } from "../inbox-table.ts";
import { batchSize, entriesTable, halfKnown, ledgerSink } from "./measured-ledger.ts";
import { databaseUrl, inTurn, report, stopwatch } from "./measured-server.ts";

const sizes = process.argv.slice(2).map(Number);
if (sizes.length === 0) sizes.push(50_000, 500_000, 5_000_000);
const batchesPerRound = 40;

const schemaOf = (size: number): string => `measure_keys_${size}`;

/** Keys in no order, as random ids are; made by the database, because that is much faster. */
async function fill(database: Database, size: number): Promise<void> {
  const schema = schemaOf(size);
  await database.query(`drop schema if exists ${identifier(schema)} cascade`);
  await migrate(database, { schema, migrations: [...inboxMigrations, entriesTable("entries")] });
  const table = identifier(schema, "dedupe_keys");
  await database.query(
    `insert into ${table} (inbox, key, digest)
select 'ledger', md5(i::text)::uuid::text, sha256(i::text::bytea) from generate_series(1, ${size}) as i`,
  );
  await database.query(`vacuum analyze ${table}`);
}

async function sizeOf(database: Database, size: number): Promise<string> {
  const { rows } = await database.query<{ total: string }>(
    "select pg_size_pretty(pg_total_relation_size($1::regclass)) as total",
    [identifier(schemaOf(size), "dedupe_keys")],
  );
  return rows[0]?.total ?? "";
}

const database = createDatabase({ url: databaseUrl, statementTimeoutMs: 1_800_000, poolMax: 1 });
try {
  const { rows } = await database.query<{ buffers: string; wal: string }>(
    "select current_setting('shared_buffers') as buffers, current_setting('max_wal_size') as wal",
  );
  console.log(`shared_buffers ${rows[0]?.buffers}, max_wal_size ${rows[0]?.wal}`);
  for (const size of sizes) {
    await fill(database, size);
    console.log(`${size} keys: ${await sizeOf(database, size)} with indexes`);
  }
  await database.query("checkpoint");
  const cases = Object.fromEntries(
    sizes.map((size) => {
      const write = ledgerSink(database, schemaOf(size));
      let known: string[] = [];
      const draw = async (): Promise<void> => {
        const numbers = Array.from({ length: 10_000 }, () => 1 + Math.floor(Math.random() * size));
        const answer = await database.query<{ key: string }>(
          "select md5(i::text)::uuid::text as key from unnest($1::bigint[]) as i",
          [numbers],
        );
        known = answer.rows.map(({ key }) => key);
      };
      return [
        `${size} keys`,
        async () => {
          await draw();
          const batches = Array.from({ length: batchesPerRound }, () => halfKnown(() => known.pop() as string));
          // Payloads differ from what the database made, so repetitions are answered as conflicts: the same work.
          return stopwatch(async () => {
            for (const batch of batches) await write(batch);
          }, database);
        },
      ];
    }),
  );
  const title = "500 messages a batch, half of them known, keys in no order";
  report(title, (batchesPerRound * batchSize) / 1_000, await inTurn(cases, 10));
} finally {
  for (const size of sizes) await database.query(`drop schema if exists ${identifier(schemaOf(size))} cascade`);
  await database.close();
}
