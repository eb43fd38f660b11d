import { systemClock, type Clock } from "./clock.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Message } from "./message.ts";
import { batchNumbers, pipelineNumbers, processNumbers } from "./option-rows.ts";
import { checkNumbers, describe, isInRow, refuseFaults, type NumberOption } from "./options.ts";
import type { FailureHook } from "./failure.ts";
import type { Handler } from "./handler-slot.ts";
import type { Sink } from "./sink.ts";
import type { Source } from "./source.ts";
import type { Split } from "./splitter.ts";

export interface ProcessOptions<In, Out> {
  readonly handle: Handler<In, Out>;
  readonly concurrency?: number;
  readonly maxDemand?: number;
  readonly minDemand?: number;
  readonly deadlineMs?: number;
  /**
   * Decides about a message whose handler threw, gave no outcome or missed its deadline, instead of a dead letter. It
   * answers at once, and is not asked about errors of kind `dependency`. If it fails itself, there is the dead letter.
   */
  readonly onFailed?: FailureHook<In, Out>;
}

export interface BatchOptions<Out> {
  readonly size?: number;
  readonly bytesMax?: number;
  /** How many bytes a message counts for. Needed with `bytesMax`. */
  readonly bytesOf?: (message: Message<Out>) => number;
  /** Ends batches by what is in them; the other limits hold beside it. */
  readonly split?: Split<Out>;
  readonly ageMs?: number;
  readonly concurrency?: number;
  readonly capacity?: number;
  /** Which batch a message belongs to. Default: by key hash over `concurrency` keys, which keeps the order per key. */
  readonly keyOf?: (message: Message<Out>) => string;
}

export interface PipelineOptions<In, Out> {
  /** Names the pipeline in events, errors and dead letters. */
  readonly name: string;
  /** Where the messages come from: this, or {@link sources}. */
  readonly source?: Source<In>;
  /** Several, merged: each gets an equal share of the demand, in turn, so that none starves another. */
  readonly sources?: readonly Source<In>[];
  readonly process: ProcessOptions<In, Out>;
  /** Without a sink a message is settled when its handler has answered. */
  readonly sink?: Sink<Out>;
  readonly batch?: BatchOptions<Out>;
  readonly deadLetters: DeadLetters;
  readonly windowMax?: number;
  readonly stallAlarmMs?: number;
  readonly drainDeadlineMs?: number;
  readonly clock?: Clock;
}

export interface Settings {
  readonly sources: readonly Source<unknown>[];
  readonly windowMax: number;
  readonly stallAlarmMs: number;
  readonly drainDeadlineMs: number;
  readonly concurrency: number;
  readonly insideMax: number;
  readonly demandMin: number;
  readonly deadlineMs: number | undefined;
  readonly batch: {
    readonly size: number;
    readonly bytesMax: number;
    readonly ageMs: number;
    readonly concurrency: number;
    readonly capacity: number;
  };
  readonly clock: Clock;
}

/** Validates everything at once and fills in the defaults. Throws `invalid-options`. */
export function readPipelineOptions(options: PipelineOptions<never, never>): Settings {
  const process = options.process ?? {};
  const batch = options.batch ?? {};
  const others = ["name", "source", "sources", "process", "sink", "batch", "deadLetters", "clock"];
  refuseFaults([
    ...checkPieces(options),
    ...checkNumbers(pipelineNumbers, options, { others }),
    ...checkNumbers(processNumbers, process, { path: "process.", others: ["handle", "onFailed"] }),
    ...checkNumbers(batchNumbers, batch, { path: "batch.", others: ["keyOf", "bytesOf", "split"] }),
    ...checkTogether(options),
  ]);
  return fillIn(options);
}

function fillIn(options: PipelineOptions<never, never>): Settings {
  const process = options.process;
  const concurrency = process.concurrency ?? processNumbers.concurrency.default;
  const maxDemand = process.maxDemand ?? processNumbers.maxDemand.default;
  const size = options.batch?.size ?? batchNumbers.size.default;
  const writes = options.batch?.concurrency ?? batchNumbers.concurrency.default;
  return {
    sources: options.sources ?? [options.source as Source<unknown>],
    windowMax: options.windowMax ?? pipelineNumbers.windowMax.default,
    stallAlarmMs: options.stallAlarmMs ?? pipelineNumbers.stallAlarmMs.default,
    drainDeadlineMs: options.drainDeadlineMs ?? pipelineNumbers.drainDeadlineMs.default,
    concurrency,
    insideMax: concurrency * maxDemand,
    demandMin: maxDemand - (process.minDemand ?? maxDemand >> 1),
    deadlineMs: process.deadlineMs,
    batch: {
      size,
      bytesMax: options.batch?.bytesMax ?? Infinity,
      ageMs: options.batch?.ageMs ?? batchNumbers.ageMs.default,
      concurrency: writes,
      // One batch being written and one being filled per writer.
      capacity: options.batch?.capacity ?? 2 * size * writes,
    },
    clock: options.clock ?? systemClock,
  };
}

function checkPieces(options: PipelineOptions<never, never>): string[] {
  const faults: string[] = [];
  const refuse: Refuse = (path, value, what) => {
    faults.push(`${path}: expected ${what}, given ${describe(value)}`);
  };
  const { name, process, sink, deadLetters } = options;
  if (typeof name !== "string" || name === "") refuse("name", name, "a name");
  checkSources(options, refuse);
  if (typeof process?.handle !== "function") refuse("process.handle", process?.handle, "a function");
  if (sink !== undefined && typeof sink.write !== "function") refuse("sink", sink, "a Sink, or nothing");
  if (typeof deadLetters?.record !== "function") refuse("deadLetters", deadLetters, "a DeadLetters port");
  const onFailed: unknown = process?.onFailed;
  if (onFailed !== undefined && typeof onFailed !== "function") refuse("process.onFailed", onFailed, "a function");
  return [...faults, ...checkBatch(options)];
}

type Refuse = (path: string, value: unknown, what: string) => void;

function isSource(one: Source<never> | undefined): boolean {
  return typeof one?.pull === "function";
}

function checkSources({ source, sources }: PipelineOptions<never, never>, refuse: Refuse): void {
  if (sources === undefined) {
    if (!isSource(source)) refuse("source", source, "a Source");
    return;
  }
  if (source !== undefined) return refuse("sources", sources, "either source or sources, not both");
  if (!Array.isArray(sources) || sources.length === 0) return refuse("sources", sources, "one Source or more");
  sources.forEach((one: Source<never>, i) => {
    if (!isSource(one)) refuse(`sources[${i}]`, one, "a Source");
    else if (sources.indexOf(one) !== i) refuse(`sources[${i}]`, one, "each Source once");
  });
}

function checkBatch({ sink, batch }: PipelineOptions<never, never>): string[] {
  if (batch === undefined) return [];
  const faults: string[] = [];
  const refuse: Refuse = (path, value, what) => {
    faults.push(`batch${path}: expected ${what}, given ${describe(value)}`);
  };
  const { keyOf, bytesOf, bytesMax, split }: { readonly [name in keyof BatchOptions<never>]: unknown } = batch;
  if (keyOf !== undefined && typeof keyOf !== "function") refuse(".keyOf", keyOf, "a function");
  if (bytesOf !== undefined && typeof bytesOf !== "function") refuse(".bytesOf", bytesOf, "a function");
  if (bytesMax !== undefined && bytesOf === undefined) refuse(".bytesOf", bytesOf, "a function, because of bytesMax");
  if (bytesMax === undefined && bytesOf !== undefined) refuse(".bytesMax", bytesMax, "a number, because of bytesOf");
  if (split !== undefined && !isSplit(split)) refuse(".split", split, "{ start, add }, two functions");
  if (sink === undefined) faults.push("batch: is given without a sink; add `sink`, or leave it out");
  return faults;
}

function isSplit(split: unknown): boolean {
  if (typeof split !== "object" || split === null) return false;
  const { start, add } = split as { readonly start?: unknown; readonly add?: unknown };
  return typeof start === "function" && typeof add === "function";
}

/** Numbers that must fit each other. One that is wrong by itself has its line already, and fits anything. */
function checkTogether(options: PipelineOptions<never, never>): string[] {
  const faults: string[] = [];
  const process = options.process ?? {};
  const maxDemand = valid(processNumbers.maxDemand, process.maxDemand);
  const minDemand = valid(processNumbers.minDemand, process.minDemand);
  if (minDemand >= maxDemand) {
    faults.push(`process.minDemand: expected less than maxDemand (${maxDemand}), given ${minDemand}`);
  }
  const least = 2 * valid(processNumbers.concurrency, process.concurrency) * maxDemand;
  const windowMax = valid(pipelineNumbers.windowMax, options.windowMax);
  if (windowMax < least) {
    faults.push(`windowMax: expected at least 2 · concurrency · maxDemand (${least}), given ${windowMax}`);
  }
  const sources = options.sources?.length ?? 1;
  if (sources > least / 2) {
    faults.push(`sources: expected at most concurrency · maxDemand (${least / 2}), a place for each, given ${sources}`);
  }
  const capacity = valid(batchNumbers.capacity, options.batch?.capacity);
  const size = valid(batchNumbers.size, options.batch?.size);
  if (capacity < size) faults.push(`batch.capacity: expected at least size (${size}), given ${capacity}`);
  return faults;
}

/** Would so many handlers at once fit the options that the pipeline was made with? */
export function checkResize(concurrency: number, settings: Settings): string[] {
  const faults = checkNumbers({ concurrency: processNumbers.concurrency }, { concurrency }, { path: "resize." });
  if (faults.length > 0) return faults;
  const insideMax = (settings.insideMax / settings.concurrency) * concurrency;
  const { windowMax, sources } = settings;
  if (windowMax < 2 * insideMax) {
    const most = Math.floor((windowMax / 2 / insideMax) * concurrency);
    faults.push(`resize.concurrency: expected at most windowMax / 2 / maxDemand (${most}), given ${concurrency}`);
  }
  if (sources.length > insideMax) {
    faults.push(`resize.concurrency: expected a place for each of ${sources.length} sources, given ${concurrency}`);
  }
  return faults;
}

/** The number that counts, or NaN, which no comparison holds for. */
function valid(row: NumberOption, value: number | undefined): number {
  const counting: unknown = value ?? row.default;
  return isInRow(row, counting) ? counting : Number.NaN;
}
