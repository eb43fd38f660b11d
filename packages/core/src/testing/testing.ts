export { MemoryLog } from "./memory-log.ts";
export type { JoinOptions } from "./memory-log.ts";
export type { LogRecord, SettleFault } from "./memory-member.ts";
export { MemoryDeadLetters, MemorySink } from "./memory-sinks.ts";
export { testBatch, testMessage } from "./test-message.ts";
export type { TestedBatch, TestedOptions, TestedRun, TestInput } from "./test-message.ts";
export { createVirtualClock } from "./virtual-clock.ts";
export type { VirtualClock, VirtualClockOptions } from "./virtual-clock.ts";
