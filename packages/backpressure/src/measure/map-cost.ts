// What a bounded map costs beside a hand-rolled pool of promises and beside p-map: the same items, the same handler, in turns.
// A handler that waits for one turn of the event loop, the least that anybody would map with a bound, and one that waits for nothing.
// node --expose-gc src/measure/map-cost.ts turn|nothing [items] [rounds]
import { performance } from "node:perf_hooks";
import { peerMap, peerMapRead } from "./testing/peer-map.ts";
import { boundedMap } from "../map/bounded-map.ts";

const waitsFor = process.argv[2] ?? "turn";
const [count = 50_000, rounds = 9] = process.argv.slice(3).map(Number);
const concurrency = 8;
const items = Array.from({ length: count }, (_, i) => i);
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const answerAtOnce = async (item: number): Promise<number> => item + 1;
const answerAfterTurn = async (item: number): Promise<number> => {
  await turn();
  return item + 1;
};
const handle = waitsFor === "nothing" ? answerAtOnce : answerAfterTurn;

async function pool(): Promise<readonly number[]> {
  const results: number[] = [];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < items.length) {
      const index = next;
      next += 1;
      results[index] = await handle(items[index] as number);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  return results;
}

async function read(): Promise<readonly number[]> {
  const results: number[] = [];
  for await (const result of boundedMap(items, handle, { concurrency })) results.push(result);
  return results;
}

async function readPeerMap(): Promise<readonly number[]> {
  const results: number[] = [];
  for await (const result of peerMapRead(items, handle, { concurrency, backpressure: 2 * concurrency })) {
    results.push(result);
  }
  return results;
}

const variants: Readonly<Record<string, () => Promise<readonly number[]>>> = {
  pool,
  "bounded map, collected": () => boundedMap(items, handle, { concurrency }).collect(),
  "bounded map with a deadline, collected": () =>
    boundedMap(items, handle, { concurrency, deadlineMs: 1000 }).collect(),
  "bounded map, read one by one": read,
  "p-map's iterable, read one by one": readPeerMap,
  "p-map": () => peerMap(items, handle, { concurrency }),
};

/** The processor time of this process: what others do on the machine meanwhile does not count. */
async function costOf(run: () => Promise<readonly number[]>): Promise<number> {
  globalThis.gc?.();
  const before = process.cpuUsage();
  const results = await run();
  const { user, system } = process.cpuUsage(before);
  if (results.length !== count || results.at(-1) !== count) throw new Error("not all of it was done");
  return (user + system) / 1000;
}

const costs = new Map(Object.keys(variants).map((name) => [name, [] as number[]]));
const names = Object.keys(variants);
const startedMs = performance.now();
for (let round = -1; round < rounds; round += 1) {
  for (let i = 0; i < names.length; i += 1) {
    const name = names[(i + round + 1) % names.length] as string;
    const cost = await costOf(variants[name] as () => Promise<readonly number[]>);
    if (round >= 0) costs.get(name)?.push(cost);
  }
}
const median = (numbers: readonly number[]): number => numbers.toSorted((a, b) => a - b)[numbers.length >> 1] as number;
const ratios = (name: string, beside: string): readonly number[] =>
  (costs.get(name) ?? []).map((cost, i) => cost / (costs.get(beside)?.[i] as number));
for (const [name, own] of costs) {
  const show = (beside: string): string => `${median(ratios(name, beside)).toFixed(2)} of ${beside}`;
  console.log(`${name}: ${median(own).toFixed(0)} ms, ${show("pool")}, ${show("p-map")}`);
}
console.log(
  `${count} items, ${rounds} rounds, medians, ${((performance.now() - startedMs) / 1000).toFixed(0)} s in all`,
);
