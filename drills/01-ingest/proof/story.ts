import type { Story, StoryEvent } from "@weir/proof";
import { nameOf, partitionOf, placeOf, type Facts } from "./facts.ts";

const offsetOf = (place: number): number => place % 2 ** 40;

/** One message's way from the topic to its end: of the one that was handed out most often, else of one in mid-stream. */
export function storiesOf(facts: Facts): Story[] {
  const place = mostDelivered(facts) ?? [...facts.topic.keys()][Math.floor(facts.topic.size / 2)];
  if (place === undefined) return [];
  const message = facts.published.get(facts.topic.get(place) ?? -1);
  if (message === undefined) return [];
  const published: StoryEvent = {
    atMs: message.t,
    who: "the judge",
    what: `publishes message ${message.n} (key ${message.key}, ${message.kind}): ${nameOf(place)}`,
  };
  const events = [published, ...handedOut(facts, place), ...endedBetween(facts, place), ...covered(facts, place)];
  const title = `Message ${message.n}, ${nameOf(place)}: from the topic to its end`;
  const ordered = events.toSorted((a, b) => a.atMs - b.atMs);
  const endMs = Math.max(facts.samples.at(-1)?.t ?? 0, ordered.at(-1)?.atMs ?? 0);
  return [{ title, events: [...ordered, atEnd(facts, place, endMs)] }];
}

function mostDelivered({ deliveries }: Facts): number | undefined {
  const counts = new Map<number, number>();
  let most: number | undefined;
  for (const [partition, from, to] of deliveries.flatMap(({ runs }) => runs)) {
    for (let offset = from; offset <= to; offset += 1) {
      const place = placeOf(partition, offset);
      const count = (counts.get(place) ?? 0) + 1;
      counts.set(place, count);
      if (count > 1 && count > (counts.get(most ?? -1) ?? 1)) most = place;
    }
  }
  return most;
}

function handedOut({ deliveries }: Facts, place: number): StoryEvent[] {
  const isIn = ([partition, from, to]: readonly [number, number, number]): boolean =>
    partition === partitionOf(place) && from <= offsetOf(place) && offsetOf(place) <= to;
  const hits = deliveries.filter(({ runs }) => runs.some(isIn));
  return hits.map(({ worker, runs, t }, i) => {
    const messages = runs.reduce((sum, [, from, to]) => sum + to - from + 1, 0);
    return { atMs: t, who: worker, what: `is given it${i === 0 ? "" : " again"}, among ${messages} messages` };
  });
}

/** Who had it and died, or was stopped. */
function endedBetween({ deliveries, processes, faults }: Facts, place: number): StoryEvent[] {
  const holders = new Set(handedOut({ deliveries } as Facts, place).map(({ who }) => who));
  const died = processes
    .filter(({ worker, event, signal }) => holders.has(worker) && event === "exited" && signal === "SIGKILL")
    .map(({ worker, t }) => ({ atMs: t, who: worker, what: "dies by SIGKILL" }));
  const hurt = faults
    .filter(({ worker, fault }) => worker !== undefined && holders.has(worker) && fault !== "storm")
    .map(({ worker = "", fault, event, t }) => ({ atMs: t, who: worker, what: `${fault} ${event}` }));
  return [...died, ...hurt];
}

/** The first look at which the committed offset had passed it. */
function covered({ samples }: Facts, place: number): StoryEvent[] {
  const partition = partitionOf(place);
  const look = samples.find(({ committed }) => (committed[partition] ?? 0) > offsetOf(place));
  if (look === undefined) return [];
  return [
    { atMs: look.t, who: "the group", what: `has committed partition ${partition} up to ${look.committed[partition]}` },
  ];
}

function atEnd(facts: Facts, place: number, endMs: number): StoryEvent {
  const rows = facts.rows.filter((row) => row.place === place);
  const letter = facts.letters.find((each) => each.place === place);
  const what =
    letter === undefined
      ? `finds ${rows.length === 1 ? "one row" : `${rows.length} rows`}${rows.length > 0 ? `, arrival ${rows.map(({ arrival }) => arrival).join(", ")}` : ""}`
      : `finds it set aside as ${letter.reason}${rows.length > 0 ? `, and ${rows.length} rows` : ""}`;
  return { atMs: endMs, who: "the judge", what };
}
