import type { Finding } from "@weir/proof";
import { placeOf, type Facts } from "./facts.ts";

/** Every place that was handed out to anybody. */
export function deliveredPlaces({ deliveries }: Facts): ReadonlySet<number> {
  const places = new Set<number>();
  for (const { runs } of deliveries) {
    for (const [partition, from, to] of runs) {
      for (let offset = from; offset <= to; offset += 1) places.add(placeOf(partition, offset));
    }
  }
  return places;
}

/** Messages handed out, and different ones among them. */
export function countDeliveries(facts: Facts): { handedOut: number; distinct: number } {
  const runs = facts.deliveries.flatMap((delivery) => delivery.runs);
  const handedOut = runs.reduce((sum, [, from, to]) => sum + to - from + 1, 0);
  return { handedOut, distinct: deliveredPlaces(facts).size };
}

/** From one beginning anew to the next: what a worker was given of a partition without a gap. */
interface Stretch {
  readonly worker: string;
  readonly partition: number;
  readonly from: number;
  next: number;
  /** How many of these had been handed out before. */
  again: number;
}

function stretchesOf({ deliveries }: Facts): Stretch[] {
  const stretches: Stretch[] = [];
  const current = new Map<string, Stretch>();
  const before = new Set<number>();
  for (const { worker, runs } of deliveries) {
    for (const [partition, from, to] of runs) {
      const key = `${worker} ${partition}`;
      let stretch = current.get(key);
      if (stretch?.next !== from) {
        stretch = { worker, partition, from, next: from, again: 0 };
        current.set(key, stretch);
        stretches.push(stretch);
      }
      for (; stretch.next <= to; stretch.next += 1) {
        const place = placeOf(partition, stretch.next);
        if (before.has(place)) stretch.again += 1;
        before.add(place);
      }
    }
  }
  return stretches;
}

/** Q3: the most messages that came again when a worker began anew with a partition. */
export function findRedelivered(facts: Facts): Finding {
  const most = stretchesOf(facts).toSorted((a, b) => b.again - a.again);
  const witness = most
    .filter(({ again }) => again > 0)
    .slice(0, 3)
    .map(
      ({ worker, partition, from, again }) =>
        `${worker} began at partition ${partition}, offset ${from}: ${again} again`,
    );
  return { seen: most[0]?.again ?? 0, n: countDeliveries(facts).handedOut, witness };
}

/** Q2: the most messages of one partition that a worker was given and had not committed. */
export function findHeld({ samples, deliveries }: Facts): Finding {
  const most = samples.toSorted((a, b) => b.held.messages - a.held.messages)[0];
  if (most === undefined) return { seen: 0, n: 0, witness: [] };
  const { worker, partition, messages } = most.held;
  const told = `at ${(most.t / 1000).toFixed(1)} s ${worker} held ${messages} messages of partition ${partition}`;
  const witness = messages === 0 ? [] : [told];
  return { seen: messages, n: deliveries.length, witness };
}
