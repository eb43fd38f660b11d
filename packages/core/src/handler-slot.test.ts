import { expect, it } from "vitest";
import { HandlerSlot, sweepsPerDeadline } from "./handler-slot.ts";
import { Envelope } from "./message.ts";

const message = new Envelope({ origin: { id: "o", epoch: 1 }, offset: 0, key: null, data: null, raw: null });

function sightingsUntilLate(slot: HandlerSlot): number {
  let sightings = 1;
  while (!slot.isLate()) sightings += 1;
  return sightings;
}

it("is late when the same turn was seen at a sweep's distance for a whole deadline", () => {
  const slot = new HandlerSlot();
  expect(slot.isLate()).toBe(false);
  slot.begin(message);
  expect(sightingsUntilLate(slot)).toBe(sweepsPerDeadline + 1);
});

it("counts anew for each message, and nothing while nobody is at work", () => {
  const slot = new HandlerSlot();
  slot.begin(message);
  for (let i = 0; i < sweepsPerDeadline; i += 1) slot.isLate();
  slot.end();
  expect(slot.isLate()).toBe(false);
  slot.begin(message);
  expect(sightingsUntilLate(slot)).toBe(sweepsPerDeadline + 1);
});

it("makes a signal for each message only when it is read, aborted if it is too late", () => {
  const slot = new HandlerSlot();
  slot.begin(message);
  const first = slot.context.signal;
  expect(slot.context.signal).toBe(first);
  slot.begin(message);
  slot.abort();
  expect(first.aborted).toBe(false);
  expect(slot.context.signal.aborted).toBe(true);
  slot.begin(message);
  expect(slot.context.signal.aborted).toBe(false);
});
