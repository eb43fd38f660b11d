/**
 * The belief: "Reading must never wait for the database. One loop reads as fast as Kafka gives, one loop writes; the array
 * between them evens things out."
 *
 * It does, as long as the database is the faster one on average. When it is not, the array holds the rest of the topic.
 */
import type { TopicRecord } from "@weir/drill";
import type { IngestSolution } from "../contract.ts";
import { positionsAfter, startLoop, type LoopTools } from "../right/hand-loop.ts";
import { prepareTables } from "../right/order-tables.ts";
import { sortRecords, writeRecords } from "../right/write-records.ts";

const idleMs = 5;

export const solution: IngestSolution = {
  prepare: (context) => prepareTables(context),
  start: (context) =>
    startLoop(context, async (tools) => {
      const waiting: TopicRecord[] = [];
      await Promise.all([read(tools, waiting), write(tools, waiting)]);
    }),
};

async function read({ reader, stop, count }: LoopTools, waiting: TopicRecord[]): Promise<void> {
  while (!stop.aborted) {
    const records = await reader.poll(500, stop);
    count.pulled += records.length;
    waiting.push(...records);
  }
}

async function write(tools: LoopTools, waiting: TopicRecord[]): Promise<void> {
  const { reader, database, context, stop, count } = tools;
  while (!stop.aborted || waiting.length > 0) {
    const records = waiting.splice(0, 500);
    if (records.length === 0) await new Promise((resolve) => setTimeout(resolve, idleMs));
    await writeRecords(database, context, sortRecords(records));
    await reader.commit(positionsAfter(records));
    count.settled += records.length;
  }
}
