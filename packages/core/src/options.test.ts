import { expect, it } from "vitest";
import { createPipeline, done, WeirError } from "./core.ts";
import { suggestion } from "./options.ts";
import { ProbeSource } from "./testing/probe-source.ts";
import { MemoryDeadLetters, MemorySink } from "./testing/testing.ts";

const right = {
  name: "p",
  source: new ProbeSource(),
  process: { handle: () => done(1) },
  deadLetters: new MemoryDeadLetters(),
};

function faultsOf(options: object): string[] {
  try {
    createPipeline({ ...right, ...options });
  } catch (thrown) {
    const error = thrown as WeirError;
    expect(error).toBeInstanceOf(WeirError);
    expect([error.code, error.kind]).toEqual(["invalid-options", "programming"]);
    return error.message.split("\n").slice(1);
  }
  return [];
}

it("reports everything that is wrong at once, each with what was expected and what was given", () => {
  const faults = faultsOf({
    name: "",
    source: {},
    process: { handle: 3, concurrency: 0, maxdemand: 5 },
    sink: new MemorySink(),
    batch: { size: Infinity, keyOf: "key" },
    deadLetters: undefined,
    windowMax: 1.5,
  });
  expect(faults).toEqual([
    '  - name: expected a name, given ""',
    "  - source: expected a Source, given an object",
    "  - process.handle: expected a function, given 3",
    "  - deadLetters: expected a DeadLetters port, given undefined",
    '  - batch.keyOf: expected a function, given "key"',
    "  - windowMax: expected a whole number from 2 to 1048576 (messages), given 1.5",
    "  - process.concurrency: expected a whole number from 1 to 10000 (handlers), given 0",
    "  - process.maxdemand: no such option; did you mean maxDemand?",
    "  - batch.size: expected a whole number from 1 to 100000 (messages), given Infinity",
  ]);
});

it.each([0, -1, 1.5, Infinity, Number.NaN, "8", null])("refuses %s as a concurrency", (concurrency) => {
  expect(faultsOf({ process: { handle: () => done(1), concurrency } })).toHaveLength(1);
});

it("refuses numbers that do not fit each other", () => {
  const { handle } = right.process;
  expect(faultsOf({ process: { handle, maxDemand: 5, minDemand: 5 } })).toEqual([
    "  - process.minDemand: expected less than maxDemand (5), given 5",
  ]);
  expect(faultsOf({ process: { handle, concurrency: 10, maxDemand: 10 }, windowMax: 199 })).toEqual([
    "  - windowMax: expected at least 2 · concurrency · maxDemand (200), given 199",
  ]);
  expect(faultsOf({ sink: new MemorySink(), batch: { capacity: 499 } })).toEqual([
    "  - batch.capacity: expected at least size (500), given 499",
  ]);
  expect(faultsOf({ batch: {} })).toEqual(["  - batch: is given without a sink; add `sink`, or leave it out"]);
});

it("refuses sources that are none, none at all, the same twice, or more than there are places", () => {
  const [one, two] = [new ProbeSource(), new ProbeSource()];
  const withSources = (sources: unknown, more: object = {}) => faultsOf({ source: undefined, sources, ...more });
  expect(withSources([one, two])).toEqual([]);
  expect(withSources(undefined)).toEqual(["  - source: expected a Source, given undefined"]);
  expect(withSources([])).toEqual(["  - sources: expected one Source or more, given an object"]);
  expect(withSources(one)).toEqual(["  - sources: expected one Source or more, given an object"]);
  expect(withSources([one, {}, one])).toEqual([
    "  - sources[1]: expected a Source, given an object",
    "  - sources[2]: expected each Source once, given an object",
  ]);
  expect(faultsOf({ sources: [one, two] })).toEqual([
    "  - sources: expected either source or sources, not both, given an object",
  ]);
  const process = { ...right.process, concurrency: 1, maxDemand: 1 };
  expect(withSources([one, two], { process })).toEqual([
    "  - sources: expected at most concurrency · maxDemand (1), a place for each, given 2",
  ]);
});

it("refuses half of a pair of options, and functions that are none", () => {
  const sink = new MemorySink();
  expect(faultsOf({ sink, batch: { bytesMax: 0, bytesof: () => 1 } })).toEqual([
    "  - batch.bytesOf: expected a function, because of bytesMax, given undefined",
    "  - batch.bytesMax: expected a whole number from 1 to 1073741824 (bytes), given 0",
    "  - batch.bytesof: no such option; did you mean bytesOf?",
  ]);
  expect(faultsOf({ sink, batch: { bytesOf: () => 1 } })).toEqual([
    "  - batch.bytesMax: expected a number, because of bytesOf, given undefined",
  ]);
  expect(faultsOf({ sink, batch: { split: { start: () => 0 } } })).toEqual([
    "  - batch.split: expected { start, add }, two functions, given an object",
  ]);
  expect(faultsOf({ process: { ...right.process, onFailed: "retry" } })).toEqual([
    '  - process.onFailed: expected a function, given "retry"',
  ]);
});

it("takes `undefined` for an option that was left out", () => {
  expect(faultsOf({ windowMax: undefined, process: { ...right.process, deadlineMs: undefined } })).toEqual([]);
});

it("suggests the nearest name, and none where nothing is near", () => {
  const known = ["concurrency", "maxDemand", "minDemand"];
  expect(suggestion("concurency", known)).toBe("; did you mean concurrency?");
  expect(suggestion("mindemand", known)).toBe("; did you mean minDemand?");
  expect(suggestion("colour", known)).toBe("");
});
