/**
 * The belief: "Small inserts are slow, so I write when I have 500. There is always a next record, so every batch fills."
 *
 * Until the stream ends, or the worker does: the last batch of each worker is never full, and goes with the process.
 */
import type { TopicRecord } from "@weir/drill";
import type { IngestSolution } from "../contract.ts";
import { positionsAfter, startLoop, type LoopTools } from "../right/hand-loop.ts";
import { prepareTables } from "../right/order-tables.ts";
import { sortRecords, writeRecords } from "../right/write-records.ts";

const batchSize = 500;

export const solution: IngestSolution = {
  prepare: (context) => prepareTables(context),
  start: (context) => startLoop(context, consume),
};

async function consume({ reader, database, context, stop, count }: LoopTools): Promise<void> {
  let batch: TopicRecord[] = [];
  while (!stop.aborted) {
    const records = await reader.poll(batchSize - batch.length, stop);
    count.pulled += records.length;
    batch.push(...records);
    if (batch.length < batchSize) continue;
    await writeRecords(database, context, sortRecords(batch));
    await reader.commit(positionsAfter(batch));
    count.settled += batch.length;
    batch = [];
  }
}
