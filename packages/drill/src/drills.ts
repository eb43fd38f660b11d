// What the drills share: their contract, their workers, their topic on both tiers, and the run from command to exit code.
export type { BoardLook, Drill, DrillFault, DrillTier, Frame, Hint, RunEnd, RunRequest, Variant } from "./drill.ts";
export { runDrill } from "./run/run-drill.ts";
export type { DrillEnd, DrillOptions, ToldEnd } from "./run/run-drill.ts";
export { runOnce } from "./run/run-once.ts";
export type { OnceEnd, OnceOptions } from "./run/run-once.ts";
export type {
  DeliveredRun,
  SourceOptions,
  TopicAccess,
  TopicPosition,
  TopicReader,
  TopicRecord,
} from "./topic/topic.ts";
export type { GroupMember, NewRecord, PartitionState, RunTopic } from "./topic/run-topic.ts";
export { KafkaTopic } from "./topic/kafka-topic.ts";
export { MemoryTopic } from "./topic/memory-topic.ts";
export { Crew } from "./worker/crew.ts";
export type { CrewOptions, ProcessRecord } from "./worker/crew.ts";
export type { Deadlines } from "./worker/patience.ts";
export { kafkaAccess } from "./worker/kafka-access.ts";
export type { RunningWork, Work, WorkerReport, WorkerState } from "./worker/work.ts";
export type { TopicPlace, WorkerTask } from "./worker/worker-messages.ts";
export { Worker } from "./worker/worker.ts";
export { createWorkerLogins } from "./worker/worker-logins.ts";
export type { WorkerLogins } from "./worker/worker-logins.ts";
