import { describe, expect, it, vi } from "vitest";
import { ManualClock } from "../testing/manual-clock.ts";
import { outage } from "./faults.ts";

function fault() {
  const told: string[] = [];
  return {
    told,
    start: () => Promise.resolve(told.push("start")),
    end: () => Promise.resolve(told.push("end")),
  };
}

describe("an outage", () => {
  it("holds for its time from the moment at which the fault is true, heals, and says how long it was", async () => {
    const clock = new ManualClock();
    const { told, end } = fault();
    const started = Promise.withResolvers<void>();
    const running = outage({ start: () => started.promise, end, forMs: 500, clock });
    clock.advance(10_000);
    started.resolve();
    await vi.waitFor(() => expect(clock.waiting).toBe(1));
    clock.advance(499);
    expect(told).toEqual([]);
    clock.advance(1);
    const { startedAtMs, endedAtMs, lastedMs } = await running;
    expect(told).toEqual(["end"]);
    expect([lastedMs, endedAtMs - startedAtMs]).toEqual([500, 500]);
  });

  it("is healed at once when it is interrupted, and leaves no timer and no listener", async () => {
    const clock = new ManualClock();
    const { told, ...both } = fault();
    const controller = new AbortController();
    const running = outage({ ...both, forMs: 60_000, clock, signal: controller.signal });
    await vi.waitFor(() => expect(clock.waiting).toBe(1));
    controller.abort();
    await expect(running).rejects.toMatchObject({ code: "interrupted" });
    expect(told).toEqual(["start", "end"]);
    expect(clock.waiting).toBe(0);
  });

  it("that is interrupted while it starts is healed", async () => {
    const { told, end } = fault();
    const controller = new AbortController();
    const start = (): Promise<void> => Promise.resolve(controller.abort());
    await expect(outage({ start, end, forMs: 60_000, signal: controller.signal })).rejects.toMatchObject({
      code: "interrupted",
    });
    expect(told).toEqual(["end"]);
  });

  it("does not begin after the signal", async () => {
    const { told, ...both } = fault();
    const running = outage({ ...both, forMs: 1, signal: AbortSignal.abort() });
    await expect(running).rejects.toMatchObject({ code: "interrupted" });
    expect(told).toEqual([]);
  });

  it("heals a fault that failed to start, and passes its error on", async () => {
    const { told, end } = fault();
    const broken = new Error("half a fault");
    await expect(outage({ start: () => Promise.reject(broken), end, forMs: 1 })).rejects.toBe(broken);
    expect(told).toEqual(["end"]);
  });

  it("that neither starts nor heals tells of both", async () => {
    const [first, second] = [new Error("first"), new Error("second")];
    const running = outage({ start: () => Promise.reject(first), end: () => Promise.reject(second), forMs: 1 });
    await expect(running).rejects.toMatchObject({ code: "fault-not-true", cause: { errors: [first, second] } });
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("of %s ms is refused before it begins", async (forMs) => {
    const { told, ...both } = fault();
    await expect(outage({ ...both, forMs })).rejects.toMatchObject({ code: "invalid-options" });
    expect(told).toEqual([]);
  });
});
