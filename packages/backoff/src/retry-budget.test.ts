import * as fc from "fast-check";
import { expect, it } from "vitest";
import { createRetryBudget } from "./backoff.ts";

it("allows its reserve, then one retry for every ten first attempts, and no more", () => {
  const budget = createRetryBudget({ retriesPerHundred: 10, reserve: 2 });
  expect([budget.spend(), budget.spend(), budget.spend()]).toEqual([true, true, false]);
  for (let i = 0; i < 9; i += 1) budget.earn();
  expect(budget.spend()).toBe(false);
  budget.earn();
  expect([budget.spend(), budget.spend()]).toEqual([true, false]);
});

it("never allows more than reserve + share of the first attempts, in any order of calls", () => {
  const calls = fc.array(fc.boolean(), { maxLength: 2_000 });
  fc.assert(
    fc.property(calls, fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 50 }), (earns, share, reserve) => {
      const budget = createRetryBudget({ retriesPerHundred: share, reserve });
      let earned = 0;
      let spent = 0;
      for (const earn of earns) {
        if (earn) {
          budget.earn();
          earned += 1;
        } else if (budget.spend()) spent += 1;
        expect(spent).toBeLessThanOrEqual(reserve + (earned * share) / 100);
        expect(budget.left).toBeLessThanOrEqual(reserve);
      }
    }),
  );
});

it("refuses a budget of nothing to save and of more than every call", () => {
  expect(() => createRetryBudget({ reserve: 0 })).toThrow("reserve: expected a whole number from 1");
  expect(() => createRetryBudget({ retriesPerHundred: 101 })).toThrow("retriesPerHundred: expected a whole number");
});
