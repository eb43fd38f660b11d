/**
 * The belief: "I commit first and write then. Once committed, a record is never delivered again, so a crash cannot make
 * duplicates, and I need no key."
 *
 * A crash in between makes no duplicate, indeed. It makes a hole: the record is behind the committed offset, and nobody
 * will ever read it again.
 */
import type { IngestSolution } from "../contract.ts";
import { positionsAfter, startLoop, type LoopTools } from "../right/hand-loop.ts";
import { prepareTables } from "../right/order-tables.ts";
import { sortRecords, writeRecords } from "../right/write-records.ts";

export const solution: IngestSolution = {
  prepare: (context) => prepareTables(context),
  start: (context) => startLoop(context, consume),
};

async function consume({ reader, database, context, stop, count }: LoopTools): Promise<void> {
  while (!stop.aborted) {
    const records = await reader.poll(500, stop);
    count.pulled += records.length;
    await reader.commit(positionsAfter(records));
    await writeRecords(database, context, sortRecords(records));
    count.settled += records.length;
  }
}
