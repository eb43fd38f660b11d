import { createDatabase } from "@weir/postgres";
import { expect, it } from "vitest";
import { createSharedRateLimit } from "../backpressure.ts";

const database = createDatabase({ url: "postgres://nobody@127.0.0.1:1/none" });
const make = (rate: { readonly permits: number; readonly burst?: number; readonly staleMaxMs?: number }) =>
  createSharedRateLimit({ name: "calls", database, schema: "limits", ...rate });

it("a shared limit refuses a burst that leaves nothing beside the permits that are on their way", () => {
  expect(() => make({ permits: 1000, burst: 50, staleMaxMs: 50 })).toThrow(
    /burst: expected at least what comes in staleMaxMs and one more \(51\), given 50/,
  );
});

it("a shared limit keeps back of its burst what permits on their way may add to a window", () => {
  expect(make({ permits: 1000, burst: 51, staleMaxMs: 50 }).atOnceMax).toBe(1);
  expect(make({ permits: 1000, burst: 150, staleMaxMs: 50 }).atOnceMax).toBe(100);
  expect(make({ permits: 1000 }).atOnceMax).toBe(100);
});

it("a shared limit says all that is wrong at once", () => {
  const options = { name: "", database: {}, schema: "", permits: 0, staleMaxMs: 1 } as unknown;
  expect(() => createSharedRateLimit(options as Parameters<typeof createSharedRateLimit>[0])).toThrow(
    /permits: [^]*staleMaxMs: [^]*name: [^]*database: [^]*schema: /,
  );
});
