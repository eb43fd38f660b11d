import { createMessage, type Message, type Origin, type Source } from "@weir/core";
import { expect, it, vi } from "vitest";
import type { DeliveredRun, TopicRecord } from "./topic.ts";
import { runsOf, watchDeliveries } from "./watch-deliveries.ts";

const origin: Origin = { id: "orders/3", epoch: 1 };
const messageAt = (partition: number, offset: number): Message<TopicRecord> => {
  const data = { topic: "orders", partition, offset, key: null, value: null, headers: {}, timestampMs: 0 };
  return createMessage({ origin, offset, key: null, data, raw: null });
};

function sourceOf(messages: readonly Message<TopicRecord>[] | null, more: Partial<Source<TopicRecord>> = {}) {
  return {
    name: "fake",
    start: vi.fn<Source<TopicRecord>["start"]>().mockResolvedValue(undefined),
    pull: vi.fn<Source<TopicRecord>["pull"]>().mockResolvedValue(messages),
    pause: vi.fn<Source<TopicRecord>["pause"]>(),
    resume: vi.fn<Source<TopicRecord>["resume"]>(),
    settle: vi.fn<Source<TopicRecord>["settle"]>().mockResolvedValue("settled"),
    close: vi.fn<Source<TopicRecord>["close"]>().mockResolvedValue(undefined),
    ...more,
  };
}

const { signal } = new AbortController();

it("what is handed out is told before it is handed on", async () => {
  const order: string[] = [];
  const source = sourceOf([messageAt(3, 7), messageAt(3, 8)]);
  const watched = watchDeliveries(source, (runs) => void order.push(`told ${JSON.stringify(runs)}`));
  const pulled = await watched.pull(5, signal);
  order.push(`handed on ${pulled?.length}`);
  expect(order).toEqual(["told [[3,7,8]]", "handed on 2"]);
  expect(source.pull).toHaveBeenCalledWith(5, signal);
});

it.each([[[]], [null]])("of nothing (%j) nothing is told", async (nothing) => {
  const tell = vi.fn<(runs: readonly DeliveredRun[]) => void>();
  expect(await watchDeliveries(sourceOf(nothing), tell).pull(5, signal)).toEqual(nothing);
  expect(tell).not.toHaveBeenCalled();
});

it("all else goes to the source and back, also what only some sources can", async () => {
  const message = messageAt(1, 0);
  const lookUp = vi.fn<NonNullable<Source<TopicRecord>["lookUp"]>>().mockResolvedValue(new Set([message]));
  const fenced = vi.fn<NonNullable<Source<TopicRecord>["fenced"]>>();
  const source = sourceOf([], { lookUp, fenced });
  const watched = watchDeliveries(source, () => {});
  const settlement = { origin, messages: [message], outcomes: [], watermark: 1 };
  expect(await watched.settle(settlement, signal)).toBe("settled");
  expect(source.settle).toHaveBeenCalledWith(settlement, signal);
  watched.pause(origin);
  expect(source.pause).toHaveBeenCalledWith(origin);
  expect(source.resume).not.toHaveBeenCalled();
  watched.resume(origin);
  expect(source.resume).toHaveBeenCalledWith(origin);
  expect(await watched.lookUp?.([message])).toEqual(new Set([message]));
  watched.fenced?.(origin);
  expect(fenced).toHaveBeenCalledWith(origin);
  expect(watchDeliveries(sourceOf([]), () => {})).not.toHaveProperty("lookUp");
});

it("runs end where an offset is missing, and partitions do not mix", () => {
  const places = [
    [0, 4],
    [1, 9],
    [0, 5],
    [0, 7],
    [1, 10],
    [0, 8],
  ] as const;
  expect(runsOf(places.map(([partition, offset]) => ({ partition, offset })))).toEqual([
    [0, 4, 5],
    [1, 9, 10],
    [0, 7, 8],
  ]);
});
