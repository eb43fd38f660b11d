/** For live tests: what a worker process and its judge say to each other, and the rows that it writes. */
import type { SinkColumn } from "../postgres-sink/sink-column.ts";
import type { KafkaSourceOptions } from "./kafka-source-options.ts";

export interface WorkerOrder {
  readonly kafka: KafkaSourceOptions;
  readonly databaseUrl: string;
  readonly schema: string;
  readonly worker: string;
}

/** To the worker: `hold` keeps the next writes back, `go` lets them through. */
export type ToWorker = "hold" | "go" | WorkerOrder;
/** From the worker: its writes so far, and what happened. */
export type FromWorker =
  | { readonly event: "held" | "fenced" | "started" }
  | { readonly counts: { readonly fenced: number } };

/** Rows of a test: who wrote them, and under which fence. */
export function workerColumns(worker: string): readonly SinkColumn<string>[] {
  return [
    { name: "text", type: "text", value: ({ data }) => data },
    { name: "worker", type: "text", value: () => worker },
    { name: "fence", type: "bigint", value: ({ origin }) => origin.fence ?? 0 },
  ];
}
