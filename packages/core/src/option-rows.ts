import type { NumberOptions } from "./options.ts";

export const pipelineNumbers = {
  windowMax: {
    meaning: "messages of one origin that are pulled and not settled",
    unit: "messages",
    min: 2,
    max: 1_048_576,
    default: 16_384,
    tooLow: "an origin pauses while its settles are under way",
    tooHigh: "more to deliver again after a crash, more memory",
  },
  stallAlarmMs: {
    meaning: "how long a full window holds up its origin before the event `stalled`",
    unit: "ms",
    min: 1,
    max: 86_400_000,
    default: 10_000,
    tooLow: "alarms about a slow database",
    tooHigh: "a stuck message is noticed late",
  },
  drainDeadlineMs: {
    meaning: "how long a drain waits for what is in flight",
    unit: "ms",
    min: 0,
    max: 86_400_000,
    default: 30_000,
    tooLow: "more is released and delivered again",
    tooHigh: "a hung handler holds up the shutdown",
  },
} as const satisfies NumberOptions;

export const processNumbers = {
  concurrency: {
    meaning: "handlers at work at once",
    unit: "handlers",
    min: 1,
    max: 10_000,
    default: 8,
    tooLow: "waiting handlers leave the machine idle",
    tooHigh: "whatever they call is overloaded",
  },
  maxDemand: {
    meaning: "messages a handler's worker holds, itself included; in work ≤ concurrency · maxDemand",
    unit: "messages",
    min: 1,
    max: 100_000,
    default: 100,
    tooLow: "a pull per message",
    tooHigh: "more in memory, and held back from other consumers",
  },
  minDemand: {
    meaning: "a pull waits until maxDemand − minDemand places are free",
    unit: "messages",
    min: 0,
    max: 99_999,
    default: undefined,
    tooLow: "pulls are large and the workers may run dry in between",
    tooHigh: "many small pulls",
  },
  deadlineMs: {
    meaning:
      "after it a handler's message becomes a dead letter (`deadline-exceeded`), seen within a quarter of it more",
    unit: "ms",
    min: 8,
    max: 86_400_000,
    default: undefined,
    tooLow: "slow but healthy work is given up, and may have had its effect",
    tooHigh: "a hung handler blocks its key and its origin's window for so long",
  },
} as const satisfies NumberOptions;

export const batchNumbers = {
  size: {
    meaning: "messages in a full batch",
    unit: "messages",
    min: 1,
    max: 100_000,
    default: 500,
    tooLow: "a round trip for few messages",
    tooHigh: "long statements, long waits for the last one",
  },
  bytesMax: {
    meaning: "bytes in a full batch, as `bytesOf` counts them; a larger message goes alone",
    unit: "bytes",
    min: 1,
    max: 1_073_741_824,
    default: undefined,
    tooLow: "a round trip for few messages",
    tooHigh: "statements that the server refuses",
  },
  ageMs: {
    meaning: "how long the oldest message of a partial batch waits",
    unit: "ms",
    min: 0,
    max: 3_600_000,
    default: 50,
    tooLow: "many small batches",
    tooHigh: "latency when little comes in",
  },
  concurrency: {
    meaning: "batches being written at once, one of a key at a time",
    unit: "batches",
    min: 1,
    max: 1_000,
    default: 1,
    tooLow: "the sink waits while a batch is filled",
    tooHigh: "a connection each",
  },
  capacity: {
    meaning: "messages in the batcher: filling, closed, being written",
    unit: "messages",
    min: 1,
    max: 1_000_000,
    default: undefined,
    tooLow: "below keys · size / 2 batches go out partly filled (`pressure`)",
    tooHigh: "more in memory",
  },
} as const satisfies NumberOptions;

export const pushNumbers = {
  bufferMax: {
    meaning: "messages that wait to be pulled",
    unit: "messages",
    min: 1,
    max: 1_000_000,
    default: 1_000,
    tooLow: "short bursts meet the overload policy",
    tooHigh: "more in memory, lost with the process, and older when it is handled",
  },
} as const satisfies NumberOptions;
