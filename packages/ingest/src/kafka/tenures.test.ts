import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Tenures } from "./tenures.ts";

const places = (...partitions: number[]) => partitions.map((partition) => ({ topic: "orders", partition }));
const ids = (tenures: Iterable<{ readonly origin: { readonly id: string } }>) => [...tenures].map((t) => t.origin.id);

describe("tenures", () => {
  it("carry a partition over that was held before and after under the same member id", () => {
    const tenures = new Tenures();
    const [first] = tenures.join("m1", places(0, 1)).gained;
    const division = tenures.join("m1", places(0, 2));
    expect([ids(division.gained), ids(division.retained), ids(division.lost)]).toEqual([
      ["orders/2"],
      ["orders/0"],
      ["orders/1"],
    ]);
    expect(tenures.at({ topic: "orders", partition: 0 })).toBe(first);
    expect(first?.origin.epoch).toBe(1);
  });

  it("same partitions, new member: all are lost and gained again, since others may have owned them in between", () => {
    const tenures = new Tenures();
    const before = tenures.join("m1", places(0, 1)).gained;
    const { gained, retained, lost } = tenures.join("m2", places(0, 1));
    expect([gained.length, retained.length, lost.length]).toEqual([2, 0, 2]);
    expect(before.every(({ isLost }) => isLost)).toBe(true);
    expect(gained.map(({ origin }) => origin.epoch)).toEqual([2, 2]);
  });

  it("remember where a kept partition may start again: at what was committed when the group was divided", () => {
    const tenures = new Tenures();
    const [kept] = tenures.join("m1", places(0)).gained;
    kept!.committed = 40;
    tenures.join("m1", places(0));
    kept!.committed = 45;
    expect(kept!.restartFloor).toBe(40);
  });

  it("end when the group gives this member nothing", () => {
    const tenures = new Tenures();
    tenures.join("m1", places(0));
    expect(ids(tenures.join("m1", []).lost)).toEqual(["orders/0"]);
    expect([...tenures.held]).toEqual([]);
  });

  it("are known by the object identity of their origin, not by its name", () => {
    const tenures = new Tenures();
    const [old] = tenures.join("m1", places(0)).gained;
    const [renewed] = tenures.join("m2", places(0)).gained;
    expect(tenures.of(old!.origin)).toBeUndefined();
    expect(tenures.of({ ...renewed!.origin })).toBeUndefined();
    expect(tenures.of(renewed!.origin)).toBe(renewed);
  });

  it("lose their buffer when they end, and not when they are carried over", () => {
    const tenures = new Tenures();
    const [kept, gone] = tenures.join("m1", places(0, 1)).gained;
    const message = { offset: "1", key: null, value: null, timestamp: "0", attributes: 0, headers: {} };
    for (const tenure of [kept!, gone!]) tenure.queue.push([message]);
    tenures.join("m1", places(0));
    expect([kept!.queue.size, gone!.queue.size]).toEqual([1, 0]);
  });

  it("after losing all, even the same member id retains nothing", () => {
    const tenures = new Tenures();
    tenures.join("m1", places(0));
    expect(ids(tenures.loseAll())).toEqual(["orders/0"]);
    expect(tenures.join("m1", places(0)).retained).toEqual([]);
  });

  it("hold what was assigned last, with epochs that rise per partition, whatever the order of joins", () => {
    const join = fc.record({
      member: fc.constantFrom("m1", "m2"),
      assigned: fc.uniqueArray(fc.integer({ min: 0, max: 4 })),
      isGivenUp: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(join, { maxLength: 20 }), (joins) => {
        const tenures = new Tenures();
        const lastEpoch = new Map<string, number>();
        for (const { member, assigned, isGivenUp } of joins) {
          if (isGivenUp) tenures.loseAll();
          const before = new Set(ids(tenures.held));
          const { gained, retained, lost } = tenures.join(member, places(...assigned));
          expect(new Set([...ids(lost), ...ids(retained)])).toEqual(before);
          expect(new Set([...ids(gained), ...ids(retained)])).toEqual(new Set(assigned.map((p) => `orders/${p}`)));
          expect(lost.every(({ isLost }) => isLost)).toBe(true);
          for (const { origin } of gained) {
            expect(origin.epoch).toBeGreaterThan(lastEpoch.get(origin.id) ?? 0);
            lastEpoch.set(origin.id, origin.epoch);
          }
        }
      }),
    );
  });
});
