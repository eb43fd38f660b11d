import { expect, it } from "vitest";
import { keyNumberAt } from "./fresh-source.ts";
import { OrderCheck } from "./order-check.ts";

/** The first two messages that share a key. */
function twoOfOneKey(): { first: { offset: number }; second: { offset: number } } {
  const seen = new Map<number, number>();
  for (let offset = 0; ; offset += 1) {
    const before = seen.get(keyNumberAt(offset));
    if (before !== undefined) return { first: { offset: before }, second: { offset } };
    seen.set(keyNumberAt(offset), offset);
  }
}

const { first, second } = twoOfOneKey();

it("meets two messages of one key soon enough for both to be in flight at once", () => {
  expect(second.offset).toBeLessThan(500);
});

it("lets pass what is handled and written in the order of its key", () => {
  const order = new OrderCheck();
  for (const message of [first, second]) {
    order.begin(message);
    order.end(message);
  }
  order.write([first, second]);
});

it("refuses a message that begins before the one of its key in front of it has ended", () => {
  const order = new OrderCheck();
  order.begin(first);
  expect(() => order.begin(second)).toThrow(expect.objectContaining({ code: "wrong-work" }));
});

it("refuses a message that is handled or written before the one of its key in front of it", () => {
  const order = new OrderCheck();
  order.begin(second);
  order.end(second);
  expect(() => order.begin(first)).toThrow(expect.objectContaining({ code: "wrong-work" }));
  expect(() => order.write([second, first])).toThrow(expect.objectContaining({ code: "wrong-work" }));
});
