/** The same answer without a pipeline: one loop that reads, writes, and then commits what it has written. */
import type { TopicRecord } from "@weir/drill";
import type { IngestSolution } from "../contract.ts";
import { positionsAfter, startLoop, type LoopTools } from "./hand-loop.ts";
import { prepareTables } from "./order-tables.ts";
import { sortRecords, writeRecords } from "./write-records.ts";

/** Two batches are on their way at most: one being written, one being committed. Together they keep the quota. */
const batchMax = 500;
const retryDelayMs = 200;

export const solution: IngestSolution = {
  prepare: (context) => prepareTables(context),
  start: (context) => startLoop(context, consume),
};

async function consume(tools: LoopTools): Promise<void> {
  const { reader, stop, count } = tools;
  let committing = Promise.resolve();
  while (!stop.aborted) {
    const records = await reader.poll(batchMax, stop);
    count.pulled += records.length;
    await write(tools, records);
    await committing;
    committing = reader.commit(positionsAfter(records)).then(() => {
      count.settled += records.length;
    });
    // Looked at before the next commit; until then it is nobody's unhandled rejection.
    committing.catch(() => undefined);
  }
  await committing;
}

/** Tries until the database has taken the batch: what is not written must not be committed, and must not be skipped. */
async function write({ database, context, stop }: LoopTools, records: readonly TopicRecord[]): Promise<void> {
  const sorted = sortRecords(records);
  for (;;) {
    try {
      return await writeRecords(database, context, sorted);
    } catch (thrown) {
      if (!isDependency(thrown) || stop.aborted) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, retryDelayMs));
    }
  }
}

/** The typed errors of `@weir/postgres` say whose fault it is: a server that is away comes back. */
function isDependency(thrown: unknown): boolean {
  return thrown instanceof Error && "kind" in thrown && thrown.kind === "dependency";
}
