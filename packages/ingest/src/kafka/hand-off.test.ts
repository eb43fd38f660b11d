import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HandOff } from "./hand-off.ts";
import { Tenures, type Tenure } from "./tenures.ts";

function setUp(partitions: number, bufferedMax: number, bufferedBytesMax = 1_000_000) {
  const tenures = new Tenures();
  const gained = tenures.join(
    "m1",
    Array.from({ length: partitions }, (_, partition) => ({ topic: "orders", partition })),
  ).gained as Tenure[];
  const paused = new Set<Tenure>();
  const handOff = new HandOff({
    tenures,
    bufferedMax,
    bufferedBytesMax,
    setPaused: (tenure, isPaused) => void (isPaused ? paused.add(tenure) : paused.delete(tenure)),
  });
  const fill = (tenure: Tenure, count: number, bytes = 1): void => {
    const start = Math.max(0, tenure.next);
    tenure.next = start + count;
    const value = Buffer.alloc(bytes);
    const message = { key: null, value, timestamp: "0", attributes: 0, headers: {} };
    handOff.put(
      tenure,
      Array.from({ length: count }, (_, i) => ({ ...message, offset: String(start + i) })),
    );
  };
  return { tenures, gained, paused, handOff, fill };
}

const countByOrigin = (messages: readonly { readonly origin: { readonly id: string } }[]) =>
  Object.fromEntries([...Map.groupBy(messages, (m) => m.origin.id)].map(([id, group]) => [id, group.length]));

describe("hand-off", () => {
  it("gives at most what was asked for, and the rest later, in order", () => {
    const { gained, handOff, fill } = setUp(1, 100);
    fill(gained[0]!, 10);
    expect(handOff.take(7).map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(handOff.take(7).map(({ offset }) => offset)).toEqual([7, 8, 9]);
    expect(handOff.take(7)).toEqual([]);
  });

  it("gives each partition the same share, and what one does not need to the others", () => {
    const { gained, handOff, fill } = setUp(3, 100);
    fill(gained[0]!, 50);
    fill(gained[1]!, 2);
    fill(gained[2]!, 50);
    const counts = countByOrigin(handOff.take(30));
    expect(counts["orders/1"]).toBe(2);
    expect(Math.abs(counts["orders/0"]! - counts["orders/2"]!)).toBeLessThanOrEqual(9);
    expect(counts["orders/0"]! + counts["orders/2"]!).toBe(28);
  });

  it("does not serve the same partition first every time", () => {
    const { gained, handOff, fill } = setUp(2, 100);
    for (const tenure of gained) fill(tenure, 50);
    const firsts = [1, 2, 3, 4].map(() => handOff.take(1)[0]?.origin.id);
    expect(countByOrigin(firsts.map((id) => ({ origin: { id: id! } })))).toEqual({ "orders/0": 2, "orders/1": 2 });
  });

  it("pauses a partition at the cap and lets it go on at half, and leaves the others alone", () => {
    const { gained, paused, handOff, fill } = setUp(2, 10);
    fill(gained[0]!, 9);
    expect(paused.size).toBe(0);
    fill(gained[0]!, 3);
    expect([...paused]).toEqual([gained[0]]);
    handOff.take(6);
    expect(paused.size).toBe(1);
    handOff.take(1);
    expect(paused.size).toBe(0);
  });

  it("counts bytes too, so that large records do not fill the memory", () => {
    const { gained, paused, handOff, fill } = setUp(1, 1_000, 100);
    fill(gained[0]!, 2, 60);
    expect(paused.size).toBe(1);
    handOff.take(2);
    expect(paused.size).toBe(0);
  });

  it("hands out nothing of a partition that is held back, and goes on with the others", () => {
    const { gained, paused, handOff, fill } = setUp(2, 100);
    fill(gained[0]!, 5);
    handOff.hold(gained[0]!);
    fill(gained[1]!, 5);
    expect(countByOrigin(handOff.take(100))).toEqual({ "orders/1": 5 });
    expect([...paused]).toEqual([gained[0]]);
    handOff.letGo(gained[0]!);
    expect(paused.size).toBe(0);
    expect(countByOrigin(handOff.take(100))).toEqual({ "orders/0": 5 });
  });

  it("tells each partition anew, paused or not, when it is asked to: the client remembers pauses of former tenures", () => {
    const { gained, paused, handOff } = setUp(2, 10);
    paused.add(gained[0]!); // as the client would, from before
    for (const tenure of gained) handOff.regulateAnew(tenure);
    expect(paused.size).toBe(0);
  });

  it("wakes who waits when records come, and not for a partition that is held back", async () => {
    const { gained, handOff, fill } = setUp(2, 10);
    let isAwake = false;
    const waiting = handOff.wait().then(() => (isAwake = true));
    handOff.hold(gained[0]!);
    fill(gained[0]!, 1);
    await Promise.resolve();
    expect(isAwake).toBe(false);
    fill(gained[1]!, 1);
    await waiting;
    expect(isAwake).toBe(true);
  });

  it("loses nothing, doubles nothing and keeps each partition's order, whatever is put, taken, held and let go", () => {
    const step = fc.record({
      kind: fc.constantFrom("put", "put", "take", "hold", "letGo"),
      partition: fc.integer({ min: 0, max: 2 }),
      count: fc.integer({ min: 1, max: 20 }),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const { gained, handOff, paused, fill } = setUp(3, 10);
        const seen = new Map<string, number>();
        const take = (max: number): number => {
          const messages = handOff.take(max);
          expect(messages.length).toBeLessThanOrEqual(max);
          for (const { origin, offset } of messages) {
            expect(offset).toBe(seen.get(origin.id) ?? 0);
            seen.set(origin.id, offset + 1);
          }
          return messages.length;
        };
        for (const { kind, partition, count } of steps) {
          const tenure = gained[partition]!;
          if (kind === "put" && !paused.has(tenure)) fill(tenure, count);
          if (kind === "take") take(count);
          if (kind === "hold") handOff.hold(tenure);
          if (kind === "letGo") handOff.letGo(tenure);
          expect(tenure.queue.size).toBeLessThan(10 + 20);
        }
        for (const tenure of gained) handOff.letGo(tenure);
        while (take(7) > 0);
        for (const { origin, next } of gained) expect(seen.get(origin.id) ?? -1).toBe(next);
        expect(paused.size).toBe(0);
      }),
    );
  });
});
