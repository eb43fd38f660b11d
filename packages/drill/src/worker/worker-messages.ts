import type { Routes } from "@weir/services/faults";
import type { FromMember, ToMember } from "../topic/member-messages.ts";
import type { DeliveredRun } from "../topic/topic.ts";
import type { Phase, WorkerReport, WorkerState } from "./work.ts";

/** Where a worker finds the topic: at these brokers, or in the process of its judge. */
export type TopicPlace =
  | {
      readonly kind: "kafka";
      readonly brokers: readonly string[];
      /** Where to connect for each address that a broker advertises. Absent: where it says. */
      readonly routes?: Routes;
      readonly sessionTimeoutMs: number;
      readonly commitIntervalMs: number;
      readonly connectDeadlineMs: number;
    }
  | { readonly kind: "memory" };

/** What of a run's context is plain data; the topic's two doors are added in the worker. */
export interface PlainContext {
  readonly worker: string;
  readonly [name: string]: string | number;
}

export interface WorkerTask {
  readonly type: "prepare" | "start";
  /** File URL of the module that exports `solution`. */
  readonly module: string;
  readonly context: PlainContext;
  readonly topic?: { readonly name: string; readonly group: string; readonly place: TopicPlace };
}

/** From the judge to a worker process. */
export type ToWorker =
  | WorkerTask
  | { readonly type: "drain"; readonly deadlineMs: number }
  | { readonly type: "measure" }
  | { readonly type: "log"; readonly message: ToMember };

/** From a worker process to the judge. Told, not evidence: but for what is handed out, which the host tells. */
export type FromWorker =
  | { readonly type: "phase"; readonly phase: Phase }
  | { readonly type: "tick"; readonly state?: WorkerState }
  | { readonly type: "said"; readonly line: string }
  | { readonly type: "measured"; readonly bytes: number }
  | { readonly type: "delivered"; readonly runs: readonly DeliveredRun[] }
  | { readonly type: "log"; readonly message: FromMember }
  | { readonly type: "failed"; readonly code: string; readonly sentence: string; readonly place?: string }
  | { readonly type: "ended"; readonly report: WorkerReport };
