/**
 * The belief: "Checking an order's signature takes a few milliseconds. That is nothing, so I check a batch in one go, and
 * then write it."
 *
 * A few milliseconds times a thousand are more than a session. While this loop computes, nothing else of the process
 * runs, no heartbeat either: the group takes the worker for dead, and gives its partitions away.
 */
import type { TopicRecord } from "@weir/drill";
import type { IngestSolution } from "../contract.ts";
import { positionsAfter, startLoop, type LoopTools } from "../right/hand-loop.ts";
import { prepareTables } from "../right/order-tables.ts";
import { sortRecords, writeRecords } from "../right/write-records.ts";

/** Stands for a signature check in JavaScript: the same time on every machine. */
const checkMs = 10;

export const solution: IngestSolution = {
  prepare: (context) => prepareTables(context),
  start: (context) => startLoop(context, consume),
};

async function consume({ reader, database, context, stop, count }: LoopTools): Promise<void> {
  // What was checked once is good: a record that is delivered again costs nothing.
  const checked = new Set<string>();
  while (!stop.aborted) {
    const records = await reader.poll(1_000, stop);
    count.pulled += records.length;
    check(records, checked);
    await writeRecords(database, context, sortRecords(records));
    await reader.commit(positionsAfter(records));
    count.settled += records.length;
  }
}

function check(records: readonly TopicRecord[], checked: Set<string>): void {
  const before = checked.size;
  for (const { partition, offset } of records) checked.add(`${partition}/${offset}`);
  const untilMs = performance.now() + checkMs * (checked.size - before);
  while (performance.now() < untilMs);
}
