import { systemClock, type Clock } from "@weir/core";
import { checkNumbers, refuseFaults } from "@weir/core/options";
import { mapNumbers } from "../option-rows.ts";

export interface BoundedMapOptions {
  readonly concurrency?: number;
  /** Results in the order of the items (default), or each as soon as it is there. */
  readonly ordered?: boolean;
  readonly aheadMax?: number;
  readonly deadlineMs?: number;
  /** `throw` (default): the first failure ends the map. `value`: each item has a result, ok or not. */
  readonly failures?: "throw" | "value";
  /** Calls the map off: see {@link BoundedMap}. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

export interface MapSettings {
  readonly concurrency: number;
  readonly isOrdered: boolean;
  readonly aheadMax: number;
  readonly deadlineMs: number | undefined;
  readonly failures: "throw" | "value";
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
}

const others = ["ordered", "failures", "signal", "clock"];

/** Throws `invalid-options`, with all faults at once. */
export function readMapOptions(options: BoundedMapOptions, pieces: Record<"items" | "handle", unknown>): MapSettings {
  refuseFaults([...pieceFaults(pieces), ...checkNumbers(mapNumbers, options, { others }), ...otherFaults(options)]);
  const concurrency = options.concurrency ?? mapNumbers.concurrency.default;
  return {
    concurrency,
    isOrdered: options.ordered ?? true,
    // As many finished and unread as are at work: a slow item in front does not stop the others at once.
    aheadMax: options.aheadMax ?? 2 * concurrency,
    deadlineMs: options.deadlineMs,
    failures: options.failures ?? "throw",
    signal: options.signal,
    clock: options.clock ?? systemClock,
  };
}

function pieceFaults({ items, handle }: Record<"items" | "handle", unknown>): string[] {
  const faults: string[] = [];
  if (!isIterable(items)) faults.push("items: expected something that for … of or for await … of can read");
  if (typeof handle !== "function") faults.push("handle: expected a function");
  return faults;
}

function isIterable(items: unknown): boolean {
  if (typeof items === "string") return true;
  if (typeof items !== "object" || items === null) return false;
  return Symbol.asyncIterator in items || Symbol.iterator in items;
}

function otherFaults(options: BoundedMapOptions): string[] {
  const faults: string[] = [];
  const { ordered, failures, signal }: { readonly [name in keyof BoundedMapOptions]: unknown } = options;
  if (ordered !== undefined && typeof ordered !== "boolean") faults.push("ordered: expected true or false");
  if (failures !== undefined && failures !== "throw" && failures !== "value") {
    faults.push('failures: expected "throw" or "value"');
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) faults.push("signal: expected an AbortSignal");
  const { aheadMax, concurrency = mapNumbers.concurrency.default } = options;
  if (aheadMax !== undefined && aheadMax < concurrency) {
    faults.push(`aheadMax: expected at least concurrency (${concurrency}), given ${aheadMax}`);
  }
  return faults;
}
