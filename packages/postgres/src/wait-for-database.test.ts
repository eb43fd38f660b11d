import { WeirError } from "@weir/core";
import type { Clock } from "@weir/core";
import { describe, expect, it } from "vitest";
import { createDatabase, waitForDatabase } from "./postgres.ts";
import type { Database, DatabaseState } from "./postgres.ts";

/** Time passes only while somebody waits: the earliest timer fires when nothing else is left to do. */
function jumpingClock(): Clock {
  const timers = new Map<number, { atMs: number; callback: () => void }>();
  let nowMs = 0;
  let nextId = 0;
  const fireNext = (): void => {
    const [id, timer] = [...timers].toSorted(([, a], [, b]) => a.atMs - b.atMs)[0] ?? [];
    if (id === undefined || timer === undefined) return;
    timers.delete(id);
    nowMs = timer.atMs;
    timer.callback();
  };
  return {
    nowMs: () => nowMs,
    after: (delayMs, callback) => {
      const id = (nextId += 1);
      timers.set(id, { atMs: nowMs + delayMs, callback });
      setImmediate(fireNext);
      return () => timers.delete(id);
    },
    random: () => 0,
    id: () => "id",
  };
}

const down = new WeirError("starting-up", "the server is starting up", { kind: "dependency" });

/** Fails as often as told, then answers. */
function failing(times: number, clock: Clock): { database: Database; triedMs: number[] } {
  const triedMs: number[] = [];
  const unopened = createDatabase({ url: "postgres://nobody@127.0.0.1:1/none" });
  const query = () => {
    triedMs.push(clock.nowMs());
    return triedMs.length <= times ? Promise.reject(down) : Promise.resolve({ rows: [], count: 1 });
  };
  return { database: { ...unopened, query }, triedMs };
}

describe("waitForDatabase", () => {
  it("waits longer after each failure, up to a bound, and says each change of state once", async () => {
    const clock = jumpingClock();
    const { database, triedMs } = failing(8, clock);
    const states: DatabaseState[] = [];
    await waitForDatabase(database, { deadlineMs: 60_000, clock, onState: (state) => states.push(state) });
    const gapsMs = triedMs.slice(1).map((atMs, index) => atMs - (triedMs[index] ?? 0));
    expect(gapsMs).toEqual([50, 100, 200, 400, 800, 1_000, 1_000, 1_000]);
    expect(states).toEqual([
      { state: "down", reason: "starting-up", downMs: 0 },
      { state: "up", reason: "starting-up", downMs: 4_550 },
    ]);
  });

  it("rejects at the deadline with the last error as its cause", async () => {
    const clock = jumpingClock();
    const waiting = waitForDatabase(failing(Infinity, clock).database, { deadlineMs: 5_000, clock });
    await expect(waiting).rejects.toMatchObject({ code: "postgres-unreachable", kind: "dependency", cause: down });
    expect(clock.nowMs()).toBe(5_000);
  });

  it("refuses a deadline that is none", async () => {
    const { database } = failing(0, jumpingClock());
    await expect(waitForDatabase(database, { deadlineMs: 0 })).rejects.toMatchObject({ code: "invalid-options" });
    await expect(waitForDatabase(database, { deadlineMs: NaN })).rejects.toMatchObject({ code: "invalid-options" });
  });
});
