import type { TopicReader, TopicRecord } from "@weir/drill";
import type { Database } from "@weir/postgres";
import type { IngestContext, IngestReport, RunningIngest } from "../contract.ts";
import { openDatabase } from "./order-tables.ts";

/** What a loop written by hand works with. */
export interface LoopTools {
  readonly context: IngestContext;
  readonly reader: TopicReader;
  readonly database: Database;
  /** Aborts when the worker is asked to drain. */
  readonly stop: AbortSignal;
  /** Counts of messages, which the loop keeps. */
  readonly count: { pulled: number; settled: number };
}

/** Runs `consume` until it returns, which it has to do soon after `stop` aborts; then everything is closed. */
export async function startLoop(
  context: IngestContext,
  consume: (tools: LoopTools) => Promise<void>,
  connections = 1,
): Promise<RunningIngest> {
  const database = await openDatabase(context, connections);
  const reader = await context.openReader().catch(async (thrown: unknown) => {
    await database.close();
    throw thrown;
  });
  const stopping = new AbortController();
  const count = { pulled: 0, settled: 0 };
  const run = async (): Promise<IngestReport> => {
    try {
      await consume({ context, reader, database, stop: stopping.signal, count });
    } finally {
      await reader.close();
      await database.close();
    }
    // What was neither settled nor lost the topic will deliver again.
    return { ...count, released: count.pulled - count.settled, uncertain: 0, inFlight: 0 };
  };
  const finished = run();
  return {
    finished,
    drain: () => {
      stopping.abort();
      return finished;
    },
    state: () => ({ inFlight: count.pulled - count.settled, settled: count.settled }),
  };
}

/** Of each partition the offset that is read next once all of these are written: the records come in their order. */
export function positionsAfter(records: readonly TopicRecord[]): { partition: number; offset: number }[] {
  const next = new Map(records.map(({ partition, offset }) => [partition, offset + 1]));
  return [...next].map(([partition, offset]) => ({ partition, offset }));
}
