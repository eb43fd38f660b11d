import { WeirError } from "@weir/core";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { boundedMap, type ItemResult } from "../backpressure.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Work {
  readonly turns: number;
  readonly fails: boolean;
}

const anyRun = fc.record({
  items: fc.array(fc.record({ turns: fc.nat(4), fails: fc.boolean() }), { maxLength: 60 }),
  concurrency: fc.integer({ min: 1, max: 12 }),
  ordered: fc.boolean(),
  isAsync: fc.boolean(),
  isRead: fc.boolean(),
  ahead: fc.nat(6),
});

async function* asynchronous<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) {
    await turn();
    yield item;
  }
}

it("a bounded map has at most so many at work, handles each item once, and keeps the order when asked", async () => {
  const property = fc.asyncProperty(anyRun, async ({ items, concurrency, ordered, isAsync, isRead, ahead }) => {
    const aheadMax = concurrency + ahead;
    const seen: number[] = [];
    const broken: string[] = [];
    let atWork = 0;
    let read = 0;
    const handle = async ({ turns, fails }: Work, { index }: { readonly index: number }): Promise<number> => {
      seen.push(index);
      atWork += 1;
      if (atWork > concurrency) broken.push(`${atWork} at work`);
      // One of those that were read may still be in its reader's hands.
      if (isRead && seen.length - read > aheadMax + 1) broken.push(`${seen.length - read} ahead`);
      for (let i = 0; i < turns; i += 1) await turn();
      atWork -= 1;
      if (fails) throw new WeirError("odd", "odd", { kind: "row" });
      return index * 2;
    };
    const given = isAsync ? asynchronous(items) : items;
    const map = boundedMap(given, handle, { concurrency, ordered, aheadMax, failures: "value" });
    const results: ItemResult<number>[] = [];
    if (!isRead) results.push(...(await map.collect()));
    else
      for await (const result of map) {
        results.push(result);
        read += 1;
        await turn();
      }
    expect(broken).toEqual([]);
    expect(seen.toSorted((a, b) => a - b)).toEqual(items.map((_, i) => i));
    const inOrder = ordered ? results : results.toSorted((a, b) => a.index - b.index);
    expect(inOrder.map((result) => (result.ok ? result.value : result.error.code))).toEqual(
      items.map(({ fails }, i) => (fails ? "odd" : i * 2)),
    );
    const failed = items.filter(({ fails }) => fails).length;
    expect(map.counts).toMatchObject({ started: items.length, failed, succeeded: items.length - failed, atWork: 0 });
  });
  await fc.assert(property, { numRuns: 150 });
});

const anyEnd = fc.record({
  concurrency: fc.integer({ min: 1, max: 8 }),
  at: fc.nat(30),
  how: fc.constantFrom("signal" as const, "break" as const, "throw" as const),
  isAsync: fc.boolean(),
});

interface Watch {
  atWork: number;
  isClosed: boolean;
}

async function* counting(watch: Watch): AsyncGenerator<number> {
  try {
    for (let i = 0; ; i += 1) yield i;
  } finally {
    watch.isClosed = true;
  }
}

function* countingAtOnce(watch: Watch): Generator<number> {
  try {
    for (let i = 0; ; i += 1) yield i;
  } finally {
    watch.isClosed = true;
  }
}

it("a bounded map leaves nothing running when it is called off, its reader leaves, or a handler throws", async () => {
  const property = fc.asyncProperty(anyEnd, async ({ concurrency, at, how, isAsync }) => {
    const watch: Watch = { atWork: 0, isClosed: false };
    const stop = new AbortController();
    const handle = async (item: number, { signal }: { readonly signal: AbortSignal }): Promise<number> => {
      watch.atWork += 1;
      try {
        for (let i = 0; i < 3 && !signal.aborted; i += 1) await turn();
        if (how === "throw" && item === at) throw new RangeError("this one");
        return item;
      } finally {
        // What a handler still has to tidy up is waited for as well.
        await turn();
        watch.atWork -= 1;
      }
    };
    const map = boundedMap(isAsync ? counting(watch) : countingAtOnce(watch), handle, {
      concurrency,
      signal: stop.signal,
    });
    let error: unknown;
    try {
      for await (const item of map) {
        if (item < at) continue;
        if (how === "break") break;
        stop.abort("enough");
      }
    } catch (thrown) {
      error = thrown;
    }
    expect(watch).toEqual({ atWork: 0, isClosed: true });
    const { started } = map.counts;
    for (let i = 0; i < 3; i += 1) await turn();
    expect(map.counts).toMatchObject({ started, atWork: 0 });
    if (how === "signal") expect(error).toMatchObject({ code: "cancelled", cause: "enough" });
    if (how === "throw") expect(error).toBeInstanceOf(RangeError);
    if (how === "break") expect(error).toBeUndefined();
  });
  await fc.assert(property, { numRuns: 100 });
});
