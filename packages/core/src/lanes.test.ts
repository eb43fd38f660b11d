import * as fc from "fast-check";
import { expect, it } from "vitest";
import { hashKey, Lanes } from "./lanes.ts";
import { Envelope, type MessageKey } from "./message.ts";

const origin = { id: "o", epoch: 1 };

function add(lanes: Lanes, key: MessageKey, offset: number): Envelope {
  const message = new Envelope({ origin, offset, key, data: null, raw: null });
  message.lane = lanes.laneOf(key);
  lanes.add(message);
  return message;
}

it("lets the next message of a key start only when the one before is released", () => {
  const lanes = new Lanes(8);
  const [first, second] = [add(lanes, "a", 0), add(lanes, "a", 1)];
  expect(lanes.take()).toBe(first);
  expect(lanes.take()).toBeUndefined();
  lanes.release(first);
  expect(lanes.take()).toBe(second);
  lanes.release(second);
  expect(add(lanes, "a", 2)).toBe(lanes.take());
});

it("lets messages without a key start at once, and other keys too", () => {
  const lanes = new Lanes(8);
  const started = [add(lanes, null, 0), add(lanes, null, 1), add(lanes, "a", 2), add(lanes, "b", 3)];
  expect(started.map(() => lanes.take())).toEqual(started);
});

it("puts equal byte keys in one lane by their content, and many keys in many lanes", () => {
  const lanes = new Lanes(8);
  expect(lanes.laneOf(Uint8Array.of(1, 2, 3))).toBe(lanes.laneOf(Buffer.from([1, 2, 3])));
  const used = new Set(Array.from({ length: 1000 }, (_, i) => lanes.laneOf(`key-${i}`)));
  // 1,000 keys thrown at random into 1,024 lanes hit about 638.
  expect(used.size).toBeGreaterThan(550);
  expect(hashKey("a")).not.toBe(hashKey("b"));
});

it("hands out each message once, and those of a key in order, whatever the interleaving", () => {
  const steps = fc.array(
    fc.record({ key: fc.constantFrom("a", "b", "c", null), act: fc.constantFrom("add", "take", "release") }),
    { maxLength: 100 },
  );
  fc.assert(
    fc.property(steps, (commands) => {
      const lanes = new Lanes(8);
      const [taken, atWork]: [Envelope[], Envelope[]] = [[], []];
      let added = 0;
      const take = (): void => {
        const message = lanes.take();
        if (message === undefined) return;
        expect(atWork.some(({ lane }) => lane !== -1 && lane === message.lane)).toBe(false);
        taken.push(message);
        atWork.push(message);
      };
      const release = (): void => {
        const message = atWork.shift();
        if (message !== undefined) lanes.release(message);
      };
      for (const { key, act } of commands) {
        if (act === "take") take();
        else if (act === "release") release();
        else add(lanes, key, added++);
      }
      for (let i = 0; i <= added; i += 1) {
        take();
        release();
      }
      expect(new Set(taken).size).toBe(added);
      for (const key of ["a", "b", "c"]) {
        const offsets = taken.filter((message) => message.key === key).map(({ offset }) => offset);
        expect(offsets).toEqual(offsets.toSorted((x, y) => x - y));
      }
    }),
  );
});
