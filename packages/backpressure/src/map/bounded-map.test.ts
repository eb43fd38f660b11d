import { createServer } from "node:http";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createVirtualClock } from "@weir/core/testing";
import { describe, expect, it } from "vitest";
import { boundedMap } from "../backpressure.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** So many turns of the event loop, then the value: work of different lengths without a clock. */
async function after<T>(turns: number, value: T): Promise<T> {
  for (let i = 0; i < turns; i += 1) await turn();
  return value;
}

async function* asynchronous<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) {
    await turn();
    yield item;
  }
}

async function* broken(): AsyncGenerator<number> {
  yield 1;
  throw new RangeError("no more");
}

function* forever(): Generator<number> {
  for (;;) yield 1;
}

const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener("abort", () => resolve()));

describe("a bounded map", () => {
  it("fetches a list of URLs, eight at a time, and answers in their order", async () => {
    let open = 0;
    let openMax = 0;
    const server = createServer((request, response) => {
      open += 1;
      openMax = Math.max(openMax, open);
      // Answered when eight wait, or when these are the last: whoever sends fewer at once never gets an answer.
      held.push(() => {
        open -= 1;
        response.end(`page ${request.url}`);
      });
      if (held.length === 8) for (const answer of held.splice(0)) answer();
    });
    const held: (() => void)[] = [];
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const urls = Array.from({ length: 40 }, (_, i) => `http://127.0.0.1:${port}/${i}`);
    try {
      const pages = boundedMap(urls, async (url, { signal }) => (await fetch(url, { signal })).text(), {
        concurrency: 8,
      });
      expect(await pages.collect()).toEqual(urls.map((_, i) => `page /${i}`));
      expect(openMax).toBe(8);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });

  it("gives up a handler that never returns: its place is free, it is counted, and a late answer changes nothing", async () => {
    const clock = createVirtualClock();
    const hung: ((value: string) => void)[] = [];
    const aborted: unknown[] = [];
    const map = boundedMap(
      [0, 1, 2, 3, 4],
      (item, { signal }) => {
        if (item !== 1) return `done ${item}`;
        signal.addEventListener("abort", () => aborted.push(signal.reason));
        return new Promise<string>((resolve) => hung.push(resolve));
      },
      { concurrency: 1, deadlineMs: 80, failures: "value", clock },
    );
    const collected = map.collect();
    await clock.advanceBy(79);
    expect(map.counts).toMatchObject({ started: 2, overdue: 0 });
    expect(await clock.advanceUntil(() => map.counts.started === 5)).toBe(true);
    expect(clock.nowMs()).toBeLessThanOrEqual(100);
    const results = await collected;
    hung[0]?.("too late");
    await turn();
    expect(results.map((result) => (result.ok ? result.value : result.error.code))).toEqual([
      "done 0",
      "deadline-exceeded",
      "done 2",
      "done 3",
      "done 4",
    ]);
    expect(aborted).toMatchObject([{ code: "deadline-exceeded", definite: false }]);
    expect(map.counts).toMatchObject({ succeeded: 4, failed: 1, overdue: 1, late: 1, atWork: 0 });
    expect(clock.timers).toBe(0);
  });

  it("ends although its items hang, once its signal aborts", async () => {
    const stop = new AbortController();
    const items = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<IteratorResult<number>>(() => {}) }) };
    const collected = boundedMap(items, (item) => item, { signal: stop.signal }).collect();
    stop.abort();
    await expect(collected).rejects.toMatchObject({ code: "cancelled" });
  });

  it("tells the handlers at work to stop, whether they have read their signal or read it only then", async () => {
    const stop = new AbortController();
    const told: string[] = [];
    const map = boundedMap(
      ["early", "late", "throws"],
      async (item, context) => {
        if (item === "early") await untilAborted(context.signal);
        else for (let i = 0; i < 3; i += 1) await turn();
        if (item === "throws") throw new RangeError("this one");
        if (context.signal.aborted) told.push(item);
      },
      { concurrency: 3, signal: stop.signal },
    );
    const collected = map.collect();
    await turn();
    stop.abort();
    await expect(collected).rejects.toMatchObject({ code: "cancelled" });
    expect(told.toSorted()).toEqual(["early", "late"]);
    const another = boundedMap(["early", "throws"], async (item, { signal }) => {
      if (item === "throws") throw new RangeError("this one");
      await untilAborted(signal);
    });
    await expect(another.collect()).rejects.toBeInstanceOf(RangeError);
    expect(another.counts).toMatchObject({ started: 2, succeeded: 1, failed: 1, atWork: 0 });
  });

  it("lets a broken iterable's error out unchanged, whatever becomes of failures", async () => {
    const map = boundedMap(broken(), (item) => item, { failures: "value" });
    await expect(map.collect()).rejects.toBeInstanceOf(RangeError);
  });

  it("lets timers fire while handlers answer at once", async () => {
    const stop = new AbortController();
    setImmediate(() => stop.abort());
    const collected = boundedMap(forever(), async (item) => item, { signal: stop.signal, ordered: false }).collect();
    await expect(collected).rejects.toMatchObject({ code: "cancelled" });
  });

  it("reads on only as far ahead as it may while one slow item stands in front of the others", async () => {
    const first = Promise.withResolvers<number>();
    const map = boundedMap(
      asynchronous(Array.from({ length: 100 }, (_, i) => i)),
      (item) => (item === 0 ? first.promise : item),
      { concurrency: 2, aheadMax: 7 },
    );
    const reader = map[Symbol.asyncIterator]();
    const reading = reader.next();
    await after(30, undefined);
    expect(map.counts.started).toBe(7);
    first.resolve(0);
    expect(await reading).toEqual({ done: false, value: 0 });
    await reader.return?.();
  });

  it("is read once", async () => {
    const map = boundedMap([1], (item) => item);
    await map.collect();
    await expect(map.collect()).rejects.toMatchObject({ code: "wrong-state" });
  });

  it.each([0, -1, 1.5, Infinity, Number.NaN])("refuses %d as a bound, and says what to write instead", (bound) => {
    const make = (): unknown => boundedMap([1], (item) => item, { concurrency: bound, aheadMax: bound });
    expect(make).toThrow(/concurrency: expected a whole number from 1 to 10000 \(items\), given/);
    expect(make).toThrow(/aheadMax: expected a whole number from 1 to 1000000 \(items\), given/);
  });

  it("says all that is wrong at once", () => {
    const options = { concurency: 3, failures: "ignore", deadlineMs: 0 } as unknown as { readonly concurrency: number };
    expect(() => boundedMap(7 as unknown as number[], (item) => item, options)).toThrow(
      /items: .*[^]*concurency: no such option; did you mean concurrency[^]*deadlineMs: [^]*failures: expected/,
    );
  });
});
