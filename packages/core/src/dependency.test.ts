import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { systemClock } from "./clock.ts";
import { Dependency, wait } from "./dependency.ts";
import { WeirError } from "./errors.ts";
import { eventLog } from "./testing/event-log.ts";

const gone = new WeirError("connection-lost", "the server is gone", { kind: "dependency" });
const [one, other] = [{}, {}];

it("says once that it is down and once that it is up again, whoever asks how often", () => {
  const { events, stop } = eventLog("dependency", "p");
  let nowMs = 1000;
  const dependency = new Dependency("p", "server", { ...systemClock, nowMs: () => nowMs });
  dependency.answered(one);
  for (let i = 0; i < 3; i += 1) dependency.failed(gone, one);
  dependency.failed(gone, other);
  nowMs = 1700;
  dependency.answered(one);
  dependency.answered(one);
  expect(events.map(({ state }) => state)).toEqual(["down"]);
  dependency.answered(other);
  stop();
  expect(events).toEqual([
    { pipeline: "p", what: "server", state: "down", reason: "connection-lost", downMs: 0 },
    { pipeline: "p", what: "server", state: "up", reason: "answered", downMs: 700 },
  ]);
});

it("does not stay down for a caller that has gone away", () => {
  const { events, stop } = eventLog("dependency", "p");
  const dependency = new Dependency("p", "server", systemClock);
  dependency.failed(gone, one);
  dependency.abandoned(other);
  dependency.abandoned(one);
  stop();
  expect(events.map(({ state, reason }) => `${state} ${reason}`)).toEqual(["down connection-lost", "up nobody-waits"]);
});

it("doubles the ceiling of the delay from 50 ms to 2 s for each caller, with full jitter", () => {
  const ceiling = new Dependency("p", "server", { ...systemClock, random: () => 0.999_999 });
  const delays = Array.from({ length: 8 }, () => ceiling.failed(gone, one));
  expect(delays).toEqual([50, 100, 200, 400, 800, 1600, 2000, 2000]);
  expect(ceiling.failed(gone, other)).toBe(50);
  const floor = new Dependency("p", "server", { ...systemClock, random: () => 0 });
  expect(floor.failed(gone, one)).toBe(0);
});

it("waits for its time or for the signal, and leaves neither timer nor listener behind", async () => {
  const controller = new AbortController();
  const cancelled: boolean[] = [];
  const clock = { ...systemClock, after: () => () => void cancelled.push(true) };
  const waiting = wait(clock, 1e6, controller.signal);
  expect(getEventListeners(controller.signal, "abort")).toHaveLength(1);
  controller.abort();
  await waiting;
  expect(cancelled).toEqual([true]);
  await wait(clock, 1e6, controller.signal);
  const unused = new AbortController();
  await wait(systemClock, 1, unused.signal);
  expect(getEventListeners(unused.signal, "abort")).toHaveLength(0);
});
