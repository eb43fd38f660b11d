import { systemClock, type Clock } from "./clock.ts";
import type { DeadLetters } from "./dead-letters.ts";
import type { Message } from "./message.ts";
import { batchNumbers, pipelineNumbers, processNumbers } from "./option-rows.ts";
import { checkNumbers, describe, isInRow, refuseFaults, type NumberOption } from "./options.ts";
import type { Handler } from "./processors.ts";
import type { Sink } from "./sink.ts";
import type { Source } from "./source.ts";

export interface ProcessOptions<In, Out> {
  readonly handle: Handler<In, Out>;
  readonly concurrency?: number;
  readonly maxDemand?: number;
  readonly minDemand?: number;
  readonly deadlineMs?: number;
}

export interface BatchOptions<Out> {
  readonly size?: number;
  readonly ageMs?: number;
  readonly concurrency?: number;
  readonly capacity?: number;
  /** Which batch a message belongs to. Default: by key hash over `concurrency` keys, which keeps the order per key. */
  readonly keyOf?: (message: Message<Out>) => string;
}

export interface PipelineOptions<In, Out> {
  /** Names the pipeline in events, errors and dead letters. */
  readonly name: string;
  readonly source: Source<In>;
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
  readonly windowMax: number;
  readonly stallAlarmMs: number;
  readonly drainDeadlineMs: number;
  readonly concurrency: number;
  readonly insideMax: number;
  readonly demandMin: number;
  readonly deadlineMs: number | undefined;
  readonly batch: {
    readonly size: number;
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
  const others = ["name", "source", "process", "sink", "batch", "deadLetters", "clock"];
  refuseFaults([
    ...checkPieces(options),
    ...checkNumbers(pipelineNumbers, options, { others }),
    ...checkNumbers(processNumbers, process, { path: "process.", others: ["handle"] }),
    ...checkNumbers(batchNumbers, batch, { path: "batch.", others: ["keyOf"] }),
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
    windowMax: options.windowMax ?? pipelineNumbers.windowMax.default,
    stallAlarmMs: options.stallAlarmMs ?? pipelineNumbers.stallAlarmMs.default,
    drainDeadlineMs: options.drainDeadlineMs ?? pipelineNumbers.drainDeadlineMs.default,
    concurrency,
    insideMax: concurrency * maxDemand,
    demandMin: maxDemand - (process.minDemand ?? maxDemand >> 1),
    deadlineMs: process.deadlineMs,
    batch: {
      size,
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
  const refuse = (path: string, value: unknown, what: string): void => {
    faults.push(`${path}: expected ${what}, given ${describe(value)}`);
  };
  const { name, source, process, sink, batch, deadLetters } = options;
  if (typeof name !== "string" || name === "") refuse("name", name, "a name");
  if (typeof source?.pull !== "function") refuse("source", source, "a Source");
  if (typeof process?.handle !== "function") refuse("process.handle", process?.handle, "a function");
  if (sink !== undefined && typeof sink.write !== "function") refuse("sink", sink, "a Sink, or nothing");
  if (typeof deadLetters?.record !== "function") refuse("deadLetters", deadLetters, "a DeadLetters port");
  const keyOf: unknown = batch?.keyOf;
  if (keyOf !== undefined && typeof keyOf !== "function") refuse("batch.keyOf", keyOf, "a function");
  if (batch !== undefined && sink === undefined)
    faults.push("batch: is given without a sink; add `sink`, or leave it out");
  return faults;
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
  const capacity = valid(batchNumbers.capacity, options.batch?.capacity);
  const size = valid(batchNumbers.size, options.batch?.size);
  if (capacity < size) faults.push(`batch.capacity: expected at least size (${size}), given ${capacity}`);
  return faults;
}

/** The number that counts, or NaN, which no comparison holds for. */
function valid(row: NumberOption, value: number | undefined): number {
  const counting: unknown = value ?? row.default;
  return isInRow(row, counting) ? counting : Number.NaN;
}
