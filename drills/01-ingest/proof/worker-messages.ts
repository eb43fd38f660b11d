import type { Routes } from "@weir/services/faults";
import type { IngestContext, IngestReport, IngestState } from "../contract.ts";

/** From the judge to a worker process. */
export type ToWorker =
  | { type: "prepare" | "start"; solution: string; context: IngestContext; routes?: Routes | undefined }
  | { type: "drain"; deadlineMs: number }
  | { type: "measure" };

/** From a worker process to the judge. Told, not evidence. */
export type FromWorker =
  | { type: "ready" }
  | { type: "state"; state: IngestState }
  | { type: "said"; line: string }
  | { type: "measured"; bytes: number }
  | { type: "failed"; code: string; sentence: string }
  | { type: "ended"; report: IngestReport };
