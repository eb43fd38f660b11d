/**
 * The belief: "Two batches at once keep the database busy. Whichever is done commits its last offset: in the end the highest
 * one stands there anyway."
 *
 * In the end, yes. But an offset says "everything below is done", and the batch below may still be on its way when the
 * worker dies.
 */
import type { TopicRecord } from "@weir/drill";
import type { IngestSolution } from "../contract.ts";
import { positionsAfter, startLoop, type LoopTools } from "../right/hand-loop.ts";
import { prepareTables } from "../right/order-tables.ts";
import { sortRecords, writeRecords } from "../right/write-records.ts";

const batchesAtOnce = 2;

export const solution: IngestSolution = {
  prepare: (context) => prepareTables(context),
  start: (context) => startLoop(context, consume, batchesAtOnce),
};

async function consume(tools: LoopTools): Promise<void> {
  const { reader, stop, count } = tools;
  const running = new Set<Promise<void>>();
  while (!stop.aborted) {
    const records = await reader.poll(100, stop);
    count.pulled += records.length;
    const batch = bring(tools, records).finally(() => running.delete(batch));
    running.add(batch);
    if (running.size >= batchesAtOnce) await Promise.race(running);
  }
  await Promise.all(running);
}

async function bring({ database, context, reader, count }: LoopTools, records: readonly TopicRecord[]): Promise<void> {
  await writeRecords(database, context, sortRecords(records));
  await reader.commit(positionsAfter(records));
  count.settled += records.length;
}
