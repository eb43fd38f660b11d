import { expect, it } from "vitest";
import { countDeliveries, findHeld, findRedelivered } from "./deliveries.ts";
import { emptyFacts, placeOf, type Facts } from "./facts.ts";
import { goodRun } from "./good-run.ts";
import { guards } from "./guards.ts";
import { storiesOf } from "./story.ts";

type Given = readonly [worker: string, partition: number, from: number, to: number];

function delivered(...given: readonly Given[]): Facts {
  const facts = emptyFacts();
  given.forEach(([worker, partition, from, to], t) => {
    facts.deliveries.push({ kind: "delivered", worker, runs: [[partition, from, to]], t });
  });
  return facts;
}

it("Q3: what comes again after a takeover is counted from where the new owner begins, over all of its pulls", () => {
  const facts = delivered(["a", 0, 0, 99], ["a", 0, 100, 199], ["b", 0, 150, 179], ["b", 0, 180, 249]);
  expect(findRedelivered(facts)).toMatchObject({ seen: 50, n: 300 });
  expect(findRedelivered(facts).witness).toEqual(["b began at partition 0, offset 150: 50 again"]);
  expect(countDeliveries(facts)).toEqual({ handedOut: 300, distinct: 250 });
});

it("Q3: one that comes back and goes on where it was is charged with what it is given, not with all that others had since", () => {
  const facts = delivered(["a", 0, 0, 99], ["b", 0, 50, 9_999], ["a", 0, 100, 109]);
  expect(findRedelivered(facts)).toMatchObject({ seen: 50 });
});

it("Q3: two small repeats are two, and not one large", () => {
  const facts = delivered(["a", 0, 0, 99], ["b", 0, 90, 199], ["a", 0, 190, 299]);
  expect(findRedelivered(facts)).toMatchObject({ seen: 10 });
});

it("Q3: what two workers are given in turn of one partition is counted for each", () => {
  const facts = delivered(["a", 0, 0, 99], ["b", 0, 0, 49], ["a", 0, 100, 149], ["b", 0, 50, 99]);
  expect(findRedelivered(facts)).toMatchObject({ seen: 100 });
});

it("Q3: what one worker is given of two partitions in turn goes on in each", () => {
  const once: Given[] = [0, 1].map((partition) => ["a", partition, 0, 99] as const);
  const again: Given[] = [
    ["b", 0, 0, 49],
    ["b", 1, 0, 29],
    ["b", 0, 50, 99],
  ];
  expect(findRedelivered(delivered(...once, ...again))).toMatchObject({ seen: 100 });
});

it("Q3: partitions do not mix", () => {
  const facts = delivered(["a", 0, 0, 99], ["b", 1, 0, 99]);
  expect(findRedelivered(facts)).toMatchObject({ seen: 0, witness: [] });
});

it("Q2: the most that one worker held of one partition is found, with its time", () => {
  const facts = goodRun();
  const sample = facts.samples[3] as Facts["samples"][number];
  facts.samples.push({ ...sample, t: 4_200, held: { worker: "worker-1", partition: 2, messages: 1_777 } });
  expect(findHeld(facts)).toMatchObject({
    seen: 1_777,
    witness: ["at 4.2 s worker-1 held 1777 messages of partition 2"],
  });
});

it("a delivery that the judge has not seen leaves both unknown", () => {
  const facts = goodRun();
  expect(guards.handedOut.reached(facts)).toBe(1);
  facts.topic.set(placeOf(2, 9_999), 1);
  expect(guards.handedOut.reached(facts)).toBeLessThan(guards.handedOut.min);
});

it("the story is of the message that was handed out most often, from the topic to its one row", () => {
  const facts = goodRun();
  const [story] = storiesOf(facts);
  expect(story?.title).toContain("partition 0, offset 10");
  const told = story?.events.map(({ who, what }) => `${who} ${what}`);
  expect(told?.[0]).toMatch(/^the judge publishes message/);
  expect(told).toContainEqual(expect.stringMatching(/^worker-2 is given it, among/));
  expect(told).toContainEqual("worker-3 is given it again, among 6 messages");
  expect(told?.at(-1)).toMatch(/^the judge finds one row, arrival \d+$/);
});

it("where nothing came again it is of one in mid-stream, and of nothing there is none", () => {
  const facts = goodRun();
  facts.deliveries.pop();
  expect(storiesOf(facts)).toHaveLength(1);
  expect(storiesOf(emptyFacts())).toEqual([]);
});
