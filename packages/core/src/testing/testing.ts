export { MemoryLog } from "./memory-log.ts";
export type { JoinOptions } from "./memory-log.ts";
export type { LogRecord, SettleFault } from "./memory-member.ts";
export { MemoryDeadLetters, MemorySink } from "./memory-sinks.ts";
