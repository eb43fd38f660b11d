import { checkNumbers, refuseFaults } from "@weir/core/options";
import type { NumberOption, NumberOptions } from "@weir/core/options";
import type { Database } from "@weir/postgres";
import { placeFaults, textFaults } from "./option-faults.ts";

export interface InboxOptions {
  /** Stays open: it belongs to the caller. */
  readonly database: Database;
  /** Where `inboxMigrations` were applied. */
  readonly schema: string;
  /** Whose keys these are: the same key means one effect per inbox. */
  readonly inbox: string;
  /** How long a key is kept, from its effect on; `"forever"`: it is never pruned. */
  readonly retentionMs: number | "forever";
  /** How far back the source can deliver again: its topic's `retention.ms`, a client's longest repetition. */
  readonly topicRetentionMs: number | "forever";
  readonly keyBytesMax?: number;
  readonly pruneRowsMax?: number;
  readonly pruneStepsMax?: number;
}

export type InboxSettings = Required<InboxOptions>;

const tenYearsMs = 315_360_000_000;

/** What `prune` may be given, here and in the outbox. */
export const pruneNumbers = {
  pruneRowsMax: {
    meaning: "rows that one statement of `prune` looks at, about",
    unit: "rows",
    min: 1,
    max: 100_000,
    default: 5_000,
    tooLow: "a round trip for few rows",
    tooHigh: "long transactions, and bursts of writing beside the effects",
  },
  pruneStepsMax: {
    meaning: "statements of one call of `prune`",
    unit: "statements",
    min: 1,
    max: 100_000,
    default: 20,
    tooLow: "more comes than is pruned, if it is called seldom",
    tooHigh: "a call takes long",
  },
} as const satisfies NumberOptions;

const retention: Omit<NumberOption, "meaning" | "tooLow" | "tooHigh"> = {
  unit: "ms",
  min: 1,
  max: tenYearsMs,
  default: undefined,
};

export const inboxNumbers = {
  retentionMs: {
    meaning: 'how long a key is kept, from its effect on; or `"forever"`',
    ...retention,
    tooLow: "a late repetition has its effect again: less than `topicRetentionMs` is refused",
    tooHigh: "a larger table",
  },
  topicRetentionMs: {
    meaning: 'how far back the source can deliver again: the topic\'s `retention.ms`; or `"forever"`',
    ...retention,
    tooLow: "the check of `retentionMs` is worth nothing",
    tooHigh: "keys are kept for nothing",
  },
  keyBytesMax: {
    meaning: "bytes of a key, as UTF-8",
    unit: "bytes",
    min: 1,
    max: 2_000,
    default: 200,
    tooLow: "good messages become dead letters (`key-too-long`)",
    tooHigh: "a larger and slower index",
  },
  ...pruneNumbers,
} as const satisfies NumberOptions;

/** Fills in the defaults. Throws `invalid-options` with all faults at once. */
export function inboxSettings(options: InboxOptions): InboxSettings {
  const { database, schema, inbox, retentionMs, topicRetentionMs } = options;
  const others = ["database", "schema", "inbox", ...foreverAmong(options)];
  const rows = Object.fromEntries(Object.entries(inboxNumbers).filter(([name]) => !others.includes(name)));
  const faults = checkNumbers(rows, options, { others });
  faults.push(...placeFaults({ database, schema }), ...textFaults("inbox", inbox));
  for (const name of ["retentionMs", "topicRetentionMs"] as const) {
    if (options[name] === undefined) faults.push(`${name}: expected milliseconds, or "forever"`);
  }
  if (inMs(retentionMs) < inMs(topicRetentionMs)) {
    faults.push(
      `retentionMs: ${retentionMs} is shorter than the topic's ${topicRetentionMs}: whatever is delivered again from further ` +
        `back finds its key gone, and has its effect a second time. Keep keys at least as long as the topic keeps messages`,
    );
  }
  refuseFaults(faults);
  return {
    ...options,
    keyBytesMax: options.keyBytesMax ?? inboxNumbers.keyBytesMax.default,
    pruneRowsMax: options.pruneRowsMax ?? pruneNumbers.pruneRowsMax.default,
    pruneStepsMax: options.pruneStepsMax ?? pruneNumbers.pruneStepsMax.default,
  };
}

function foreverAmong(options: InboxOptions): string[] {
  return (["retentionMs", "topicRetentionMs"] as const).filter((name) => options[name] === "forever");
}

const inMs = (duration: number | "forever"): number => (duration === "forever" ? Infinity : duration);
