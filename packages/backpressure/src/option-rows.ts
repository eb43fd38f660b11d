import type { NumberOptions } from "@weir/core/options";

export const mapNumbers = {
  concurrency: {
    meaning: "items at work at once",
    unit: "items",
    min: 1,
    max: 10_000,
    default: 8,
    tooLow: "waiting handlers leave the machine idle",
    tooHigh: "whatever they call is overloaded",
  },
  aheadMax: {
    meaning: "items taken whose result has not been read yet, those at work included; at least `concurrency`",
    unit: "items",
    min: 1,
    max: 1_000_000,
    default: undefined,
    tooLow: "one slow item in front of others soon leaves all handlers idle",
    tooHigh: "more results in memory while the reader is slow",
  },
  deadlineMs: {
    meaning:
      "after it an item has failed (`deadline-exceeded`) and its place is free, seen within a quarter of it more",
    unit: "ms",
    min: 8,
    max: 86_400_000,
    default: undefined,
    tooLow: "slow but healthy work is given up, and may have had its effect",
    tooHigh: "a hung handler keeps its place for so long",
  },
} as const satisfies NumberOptions;

export const threadNumbers = {
  threadsMax: {
    meaning: "threads, and tasks at work at once; unless given, one less than the machine has cores, and at least one",
    unit: "threads",
    min: 1,
    max: 256,
    default: undefined,
    tooLow: "cores stay idle",
    tooHigh: "threads take each other's cores, and the event loop's",
  },
  queuedMax: {
    meaning: "tasks that wait for a thread; one more is refused (`overloaded`)",
    unit: "tasks",
    min: 1,
    max: 1_000_000,
    default: 1_000,
    tooLow: "short bursts are refused",
    tooHigh: "more in memory, and answered late",
  },
} as const satisfies NumberOptions;

export const rateNumbers = {
  permits: {
    meaning: "permits in `perMs`",
    unit: "permits",
    min: 1,
    max: 100_000_000,
    default: undefined,
    tooLow: "messages wait although there is room",
    tooHigh: "whatever is behind it is overloaded",
  },
  perMs: {
    meaning: "the time that `permits` are for, and the window in which at most permits + burst are given",
    unit: "ms",
    min: 1,
    max: 86_400_000,
    default: 1_000,
    tooLow: "timers are coarser than the window",
    tooHigh: "a limit that nobody notices for a long while",
  },
  burst: {
    meaning: "permits at once after a quiet time; a tenth of `permits` unless given, and at least one",
    unit: "permits",
    min: 1,
    max: 100_000_000,
    default: undefined,
    tooLow: "every timer that comes late costs throughput",
    tooHigh: "what is behind it must bear so many at once",
  },
} as const satisfies NumberOptions;

export const sharedRateNumbers = {
  staleMaxMs: {
    meaning: "how long a permit holds that a process has fetched; its share of the burst is kept back",
    unit: "ms",
    min: 5,
    max: 60_000,
    default: 100,
    tooLow: "a slow round trip or a late timer lets permits expire",
    tooHigh: "more of the burst is kept back",
  },
} as const satisfies NumberOptions;

export const gaugeNumbers = {
  everyMs: {
    meaning: "pause between two looks",
    unit: "ms",
    min: 1,
    max: 3_600_000,
    default: 100,
    tooLow: "looking costs more than it tells",
    tooHigh: "short peaks go unseen",
  },
  raiseAfterMs: {
    meaning: "how long a queue must stay above its high water, without coming down to its low water, before the alarm",
    unit: "ms",
    min: 0,
    max: 86_400_000,
    default: 1_000,
    tooLow: "alarms about every burst",
    tooHigh: "trouble is noticed late",
  },
} as const satisfies NumberOptions;

export const loopDelayNumbers = {
  resolutionMs: {
    meaning: "pause between two measurements",
    unit: "ms",
    min: 1,
    max: 1_000,
    default: 10,
    tooLow: "measuring is work of its own",
    tooHigh: "short blocks go unseen",
  },
} as const satisfies NumberOptions;
