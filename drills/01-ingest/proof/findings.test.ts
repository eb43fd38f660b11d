import { assert, nat, property } from "fast-check";
import { expect, it } from "vitest";
import type { Finding } from "@weir/proof";
import { claimsUnder } from "./claims.ts";
import { emptyFacts, faultNames, type Facts, type Row } from "./facts.ts";
import * as findings from "./findings.ts";
import { goodRun } from "./good-run.ts";

const checks = [
  findings.findLost,
  findings.findInvented,
  findings.findDoubled,
  findings.findOutOfOrder,
  findings.findSetAsideDifferences,
  findings.findCommittedAhead,
  findings.findDeadAndDone,
  findings.findFencedWrites,
  findings.findLagAtEnd,
  findings.findUnexplainedMembers,
];

it.each(checks.map((check) => [check.name, check] as const))("%s sees nothing in a good run", (_, check) => {
  expect(check(goodRun())).toMatchObject({ seen: 0, witness: [] });
});

it("every guard is reached in a good run under its fault, and none in an empty one", () => {
  const empty = emptyFacts();
  for (const fault of faultNames) {
    const good = goodRun({ fault });
    for (const guard of claimsUnder(fault).flatMap((claim) => claim.guards)) {
      expect(guard.reached(good), `${fault}: ${guard.id}`).toBeGreaterThanOrEqual(guard.min);
      expect(guard.reached(empty), guard.id).toBeLessThan(guard.min);
    }
  }
});

it.each(faultNames.filter((name) => name !== "none"))(
  "a run under another fault than %s leaves its claims about messages unknown",
  (fault) => {
    const other = goodRun({ fault: fault === "kill" ? "pause" : "kill" });
    const missed = claimsUnder(fault)[0]?.guards.filter((guard) => guard.reached(other) < guard.min);
    expect(missed).not.toEqual([]);
  },
);

/** One planted fault each: what it does to a good run, and which check must see it. */
const faults: Record<string, { plant: (facts: Facts, at: number) => void; seenBy: (facts: Facts) => Finding }> = {
  "a row is missing": { plant: (facts, at) => facts.rows.splice(at, 1), seenBy: findings.findLost },
  "a message vanished from the topic with its row": {
    plant: (facts, at) => {
      const [row] = facts.rows.splice(at, 1);
      facts.topic.delete((row as Row).place);
    },
    seenBy: findings.findLost,
  },
  "a row that no message explains": {
    plant: (facts, at) => facts.rows.push({ place: 2 ** 45 + at, arrival: 1e6, digest: "made-up", fence: null }),
    seenBy: findings.findInvented,
  },
  "a row with other contents": {
    plant: (facts, at) => (facts.rows[at] = { ...(facts.rows[at] as Row), digest: "other" }),
    seenBy: findings.findInvented,
  },
  "a row of a bad message": {
    plant: (facts) =>
      facts.rows.push({ ...(facts.letters[0] as { place: number; digest: string }), arrival: 1e6, fence: null }),
    seenBy: findings.findInvented,
  },
  "a row twice": {
    plant: (facts, at) => facts.rows.push({ ...(facts.rows[at] as Row), arrival: 1e6 }),
    seenBy: findings.findDoubled,
  },
  "a letter is missing": { plant: (facts) => facts.letters.pop(), seenBy: findings.findSetAsideDifferences },
  "a letter twice": {
    plant: (facts) => facts.letters.push(facts.letters[0] as never),
    seenBy: findings.findSetAsideDifferences,
  },
  "a letter for a valid message": {
    plant: (facts, at) => facts.letters.push({ place: (facts.rows[at] as Row).place, reason: "oversized", digest: "" }),
    seenBy: findings.findSetAsideDifferences,
  },
  "a message both dead and done": {
    plant: (facts, at) => facts.letters.push({ place: (facts.rows[at] as Row).place, reason: "oversized", digest: "" }),
    seenBy: findings.findDeadAndDone,
  },
  "a row of a worker that had lost its partition": {
    plant: (facts, at) => (facts.rows[at] = { ...(facts.rows[at] as Row), fence: 1, arrival: 1e6 }),
    seenBy: findings.findFencedWrites,
  },
  "a letter with another reason": {
    plant: (facts) => (facts.letters[0] = { ...(facts.letters[0] as never as object), reason: "other" } as never),
    seenBy: findings.findSetAsideDifferences,
  },
  "a letter with other bytes": {
    plant: (facts) => (facts.letters[0] = { ...(facts.letters[0] as never as object), digest: "other" } as never),
    seenBy: findings.findSetAsideDifferences,
  },
};

it.each(Object.entries(faults))("%s: found wherever it is planted", (_, { plant, seenBy }) => {
  assert(
    property(nat({ max: 300 }), nat({ max: 1_000 }), (at, seed) => {
      const facts = goodRun({ seed });
      plant(facts, at);
      const { seen, witness } = seenBy(facts);
      expect(seen).toBeGreaterThan(0);
      expect(witness.length).toBeGreaterThan(0);
    }),
    { numRuns: 30 },
  );
});

function swapArrivals(facts: Facts, a: number, b: number): void {
  const [first, second] = [facts.rows[a] as Row, facts.rows[b] as Row];
  facts.rows[a] = { ...first, arrival: second.arrival };
  facts.rows[b] = { ...second, arrival: first.arrival };
}

function keyAt(facts: Facts, i: number): string | undefined {
  return facts.published.get(facts.topic.get((facts.rows[i] as Row).place) as number)?.key;
}

it("I4: two messages of one key that changed places are found, of different keys they are not", () => {
  const facts = goodRun({ messages: 3_000 });
  const twin = facts.rows.findIndex((_, i) => i > 0 && keyAt(facts, i) === keyAt(facts, 0));
  expect(twin).toBeGreaterThan(0);
  swapArrivals(facts, 0, twin);
  expect(findings.findOutOfOrder(facts).seen).toBeGreaterThan(0);

  const others = goodRun();
  expect(keyAt(others, 0)).not.toBe(keyAt(others, 1));
  swapArrivals(others, 0, 1);
  expect(findings.findOutOfOrder(others).seen).toBe(0);
});

it("I4: a repeat of what has arrived in order is no fault of the order", () => {
  const facts = goodRun();
  facts.rows.push({ ...(facts.rows[0] as Row), arrival: 1e6 });
  expect(findings.findOutOfOrder(facts).seen).toBe(0);
});

it("I6: an offset that was committed before it was written is found", () => {
  const facts = goodRun();
  const part = { partition: 0, committed: 20, writtenNotCommitted: 0, committedNotWritten: [17, 19] };
  facts.kill = { kind: "kill", worker: "worker-1", share: 0.2, partitions: [part] };
  expect(findings.findCommittedAhead(facts)).toMatchObject({ seen: 2 });
  const held = goodRun();
  held.holds.push({ kind: "hold", what: "row", heldMs: 700, waiting: 20, partitions: [part] });
  expect(findings.findCommittedAhead(held)).toMatchObject({ seen: 2 });
});

it("S1: messages that nobody settled are counted", () => {
  const facts = goodRun();
  facts.endOfLog = { kind: "end-of-log", partitions: [{ partition: 1, high: 100, committed: 93 }] };
  expect(findings.findLagAtEnd(facts)).toMatchObject({ seen: 7, n: 100 });
});

it("S2: a worker that comes back under a second member id is found", () => {
  const facts = goodRun();
  const members = [{ id: "worker-2-other", worker: "worker-2", partitions: [0] }];
  facts.samples.push({ ...(facts.samples[0] as Facts["samples"][number]), members });
  expect(findings.findUnexplainedMembers(facts)).toMatchObject({ seen: 1 });
});

it("Q1: the most connections of one worker at once are found, however few the others hold", () => {
  const facts = goodRun();
  const sample = facts.samples[0] as Facts["samples"][number];
  facts.samples.push({
    ...sample,
    connections: [
      ["worker-1", 2],
      ["worker-2", 6],
    ],
  });
  expect(findings.findConnections(facts)).toMatchObject({ seen: 6, witness: [expect.stringContaining("worker-2")] });
});
