import { createPipeline, done } from "@weir/core";
import type { Handler, Message, Sink } from "@weir/core";
import { MemoryDeadLetters } from "@weir/core/testing";
import { benchErrors } from "./bench-errors.ts";
import { FreshSource } from "./fresh-source.ts";

export interface MemoryRun {
  readonly concurrency: number;
  readonly maxDemand: number;
  readonly messages: number;
  /** Default: a handler that passes the message on. */
  readonly handle?: Handler<number, number>;
  readonly onPull?: (handedOut: number) => void;
  readonly onWrite?: (messages: readonly Message<number>[]) => void;
}

export const passOn: Handler<number, number> = async (message) => done(message.data);

/** One pipeline from its first pull to its last settle, with lanes and a deadline; fails unless every message was done. */
export async function runInMemory(run: MemoryRun): Promise<void> {
  const { concurrency, maxDemand, messages, handle = passOn, onPull, onWrite } = run;
  const sink: Sink<number> = {
    name: "nowhere",
    write: async (batch) => {
      onWrite?.(batch.messages);
      return done();
    },
  };
  const pipeline = createPipeline<number, number>({
    name: "bench",
    source: new FreshSource(messages, onPull),
    process: { handle, concurrency, maxDemand, deadlineMs: 5_000 },
    sink,
    batch: { size: 500 },
    deadLetters: new MemoryDeadLetters(),
  });
  await pipeline.start();
  const report = await pipeline.finished;
  if (report.error !== undefined) throw report.error;
  if (report.done !== messages) throw benchErrors.wrongWork(`${report.done} of ${messages} messages were done`);
}
