/**
 * The belief: "I never skip what I cannot read. A record that fails is tried again until it goes: nothing gets lost."
 *
 * Half a JSON document never becomes a whole one. The batch that holds it is tried for ever, and everything behind it waits.
 */
import type { TopicRecord } from "@weir/drill";
import type { IngestSolution } from "../contract.ts";
import { positionsAfter, startLoop, type LoopTools } from "../right/hand-loop.ts";
import { prepareTables } from "../right/order-tables.ts";
import { insertOrders, sortRecords } from "../right/write-records.ts";

const retryDelayMs = 100;

export const solution: IngestSolution = {
  prepare: (context) => prepareTables(context),
  start: (context) => startLoop(context, consume),
};

async function consume(tools: LoopTools): Promise<void> {
  const { reader, stop, count } = tools;
  while (!stop.aborted) {
    const records = await reader.poll(100, stop);
    count.pulled += records.length;
    while (!(await isWritten(tools, records))) {
      if (stop.aborted) return;
      await new Promise((resolve) => setTimeout(resolve, retryDelayMs));
    }
    await reader.commit(positionsAfter(records));
    count.settled += records.length;
  }
}

async function isWritten({ database, context }: LoopTools, records: readonly TopicRecord[]): Promise<boolean> {
  try {
    const { orders, letters } = sortRecords(records);
    if (letters.length > 0) throw new Error(`cannot read ${letters.length} of ${records.length} records`);
    await insertOrders(database, context, { orders, onConflict: "on conflict do nothing" });
    return true;
  } catch {
    return false;
  }
}
