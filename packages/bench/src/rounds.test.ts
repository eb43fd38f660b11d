import { expect, it } from "vitest";
import { interleave, median, ratios } from "./rounds.ts";

it("runs every variant once a round, beginning with another one each time, and forgets the warm-up", async () => {
  const order: string[] = [];
  const variant = (name: string) => ({ name, run: async () => order.push(name) });
  const values = await interleave([variant("a"), variant("b")], { rounds: 2, warmUpRounds: 1 });
  expect(order).toEqual(["a", "b", "b", "a", "a", "b"]);
  expect(values.get("a")).toEqual([4, 5]);
  expect(values.get("b")).toEqual([3, 6]);
});

it("compares values of the same round only", () => {
  expect(ratios([10, 30], [20, 10])).toEqual([0.5, 3]);
});

it("takes the middle value, or the mean of the two in the middle", () => {
  expect(median([9, 1, 5])).toBe(5);
  expect(median([9, 1, 5, 7])).toBe(6);
});
