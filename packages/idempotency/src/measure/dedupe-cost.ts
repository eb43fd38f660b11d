/** What an inbox costs beside the plain insert of the same batches: `DATABASE_URL=… node src/measure/dedupe-cost.ts`. */
import type { Message } from "@weir/core";
import { identifier } from "@weir/postgres";
import type { Database } from "@weir/postgres";
import { inboxMigrations } from "../inbox-table.ts";
import { batchSize, entriesTable, halfKnown, insertEntries, ledgerSink } from "./measured-ledger.ts";
import type { Entry } from "./measured-ledger.ts";
import { inTurn, report, stopwatch, withSchema } from "./measured-server.ts";
import type { Took } from "./measured-server.ts";

const schema = "measure_dedupe_cost";
const migrations = [
  ...inboxMigrations,
  entriesTable("entries"),
  entriesTable("plain"),
  entriesTable("with_origin", ", primary key (origin, origin_offset)"),
  entriesTable("with_key", ", unique (key)"),
];
const batchesPerRound = 40;

/** Batches whose known half was in batches before. */
function batchesOf(): () => Message<Entry>[][] {
  let seen = ["first"];
  return () => {
    const draw = (): string => seen[Math.floor(Math.random() * seen.length)] as string;
    const made = Array.from({ length: batchesPerRound }, () => halfKnown(draw));
    seen = made.flat().map(({ data }) => data.key);
    return made;
  };
}

type Write = (batch: Message<Entry>[]) => Promise<unknown>;

function timed(database: Database, write: Write): () => Promise<Took> {
  const batches = batchesOf();
  return () => {
    const made = batches();
    return stopwatch(async () => {
      for (const batch of made) await write(batch);
    }, database);
  };
}

await withSchema(schema, migrations, async (database) => {
  const insertInto = (name: string, onConflict = "") =>
    timed(database, (batch) => insertEntries(database, { table: identifier(schema, name), onConflict }, batch));
  const cases = {
    "insert into a table without any index": insertInto("plain"),
    "insert into a table whose primary key is the origin": insertInto("with_origin"),
    "insert into a table whose key is unique": insertInto("with_key", "on conflict (key) do nothing"),
    "inbox, and insert of what is new": timed(database, ledgerSink(database, schema)),
  };
  report("500 messages a batch, half of them known", (batchesPerRound * batchSize) / 1_000, await inTurn(cases, 12));
});
