import type { Finding } from "@weir/proof";
import { nameOf, partitionOf, type Facts, type Letter, type Published, type Row } from "./facts.ts";
import { reasonOf } from "./stream.ts";

const witnessMax = 5;

/** Gathers faults: counts all of them, keeps the first few. */
class Faults {
  seen = 0;
  readonly witness: string[] = [];

  add(sentence: () => string, count = 1): void {
    this.seen += count;
    if (this.witness.length < witnessMax) this.witness.push(sentence());
  }

  among(n: number): Finding {
    return { seen: this.seen, n, witness: this.witness };
  }
}

const told = (message: Published): string => `message ${message.n} (key ${message.key})`;

/** I1: a valid message that was published and has no row, wherever it is in the topic. */
export function findLost(facts: Facts): Finding {
  const faults = new Faults();
  const written = new Set(facts.rows.map((row) => row.place));
  const inTopic = new Set(facts.topic.values());
  let valid = 0;
  for (const message of facts.published.values()) {
    if (message.kind !== "valid") continue;
    valid += 1;
    if (!inTopic.has(message.n)) faults.add(() => `${told(message)} was acknowledged by Kafka and is not in the topic`);
  }
  for (const place of facts.topic.keys()) {
    const message = messageAt(facts, place);
    if (message?.kind !== "valid" || written.has(place)) continue;
    faults.add(() => `${told(message)} at ${nameOf(place)} has no row`);
  }
  return faults.among(valid);
}

/** I2: a row that no valid message of the topic explains. */
export function findInvented(facts: Facts): Finding {
  const faults = new Faults();
  for (const row of facts.rows) {
    const message = messageAt(facts, row.place);
    if (message === undefined) faults.add(() => `the row of ${nameOf(row.place)} belongs to no message of the topic`);
    else if (message.kind !== "valid") faults.add(() => `${told(message)} is ${message.kind} and has a row`);
    else if (message.digest !== row.digest) faults.add(() => `the row of ${told(message)} holds something else`);
  }
  return faults.among(facts.rows.length);
}

/** I3: a message with more rows than there are copies of it in the topic (two only where a producer's answer was lost). */
export function findDoubled(facts: Facts): Finding {
  const faults = new Faults();
  const copies = new Map<string, number>();
  for (const place of facts.topic.keys()) {
    const digest = messageAt(facts, place)?.digest;
    if (digest !== undefined) copies.set(digest, (copies.get(digest) ?? 0) + 1);
  }
  const arrivals = new Map<string, number[]>();
  for (const row of facts.rows) {
    const seen = arrivals.get(row.digest) ?? [];
    arrivals.set(row.digest, seen);
    seen.push(row.arrival);
    if (seen.length <= Math.max(1, copies.get(row.digest) ?? 0)) continue;
    faults.add(() => `${nameOf(row.place)} is there ${seen.length} times, as arrivals ${seen.join(", ")}`);
  }
  return faults.among(facts.rows.length);
}

/** I4: of one key, a message that arrived before an earlier one. Of each the first arrival counts: repeats are for I3. */
export function findOutOfOrder(facts: Facts): Finding {
  const faults = new Faults();
  const arrived = new Set<number>();
  const last = new Map<string, Row>();
  const byArrival = facts.rows.toSorted((a, b) => a.arrival - b.arrival);
  for (const row of byArrival) {
    const key = messageAt(facts, row.place)?.key;
    if (key === undefined || arrived.has(row.place)) continue;
    arrived.add(row.place);
    const before = last.get(key);
    if (before !== undefined && before.place > row.place) {
      faults.add(() => `key ${key}: ${nameOf(before.place)} arrived before ${nameOf(row.place)} (${row.arrival})`);
    } else last.set(key, row);
  }
  return faults.among(facts.rows.length);
}

/** I5: the difference between what was set aside and what had to be, in either direction, with reason and bytes. */
export function findSetAsideDifferences(facts: Facts): Finding {
  const faults = new Faults();
  const bad = new Map<number, Published>();
  for (const [place, n] of facts.topic) {
    const message = facts.published.get(n);
    if (message !== undefined && message.kind !== "valid") bad.set(place, message);
  }
  const letters = new Map<number, Letter>();
  for (const letter of facts.letters) {
    if (letters.has(letter.place)) faults.add(() => `${nameOf(letter.place)} was set aside twice`);
    letters.set(letter.place, letter);
    const message = bad.get(letter.place);
    if (message === undefined)
      faults.add(() => `${nameOf(letter.place)} was set aside (${letter.reason}) and is valid`);
  }
  for (const [place, message] of bad) {
    const letter = letters.get(place);
    const reason = reasonOf[message.kind as keyof typeof reasonOf];
    if (letter === undefined) faults.add(() => `${told(message)} is ${message.kind} and was not set aside`);
    else if (letter.reason !== reason)
      faults.add(() => `${told(message)} was set aside as ${letter.reason}, not ${reason}`);
    else if (letter.digest !== message.digest) faults.add(() => `${told(message)} was set aside with other bytes`);
  }
  return faults.among(bad.size);
}

/** I6: an offset that was committed and neither written nor set aside, while writes were held up or at the kill. */
export function findCommittedAhead(facts: Facts): Finding {
  const faults = new Faults();
  let committed = 0;
  for (const part of [...facts.holds.flatMap(({ partitions }) => partitions), ...(facts.kill?.partitions ?? [])]) {
    committed += part.committed;
    for (const offset of part.committedNotWritten) {
      faults.add(
        () => `partition ${part.partition}, offset ${offset} was below the committed ${part.committed}, unwritten`,
      );
    }
  }
  return faults.among(committed);
}

/** I7: a message that is both in the table and set aside. */
export function findDeadAndDone(facts: Facts): Finding {
  const faults = new Faults();
  const letters = new Set(facts.letters.map(({ place }) => place));
  for (const { place } of facts.rows)
    if (letters.has(place)) faults.add(() => `${nameOf(place)} is set aside and has a row`);
  return faults.among(facts.rows.length + facts.letters.length);
}

/** I8: of one partition, a row that was written under an older fence than one that had arrived before it. */
export function findFencedWrites(facts: Facts): Finding {
  const faults = new Faults();
  const newest = new Map<number, { readonly fence: number; readonly arrival: number }>();
  const byArrival = facts.rows.filter(({ fence }) => fence !== null).toSorted((a, b) => a.arrival - b.arrival);
  for (const { place, arrival, fence } of byArrival) {
    const partition = partitionOf(place);
    const before = newest.get(partition);
    if (before === undefined || (fence as number) >= before.fence)
      newest.set(partition, { fence: fence as number, arrival });
    else
      faults.add(
        () => `${nameOf(place)} arrived as ${arrival} under fence ${fence}, after fence ${before.fence} had written`,
      );
  }
  return faults.among(byArrival.length);
}

/** S1: messages that nobody had settled at the end. */
export function findLagAtEnd(facts: Facts): Finding {
  const faults = new Faults();
  let messages = 0;
  for (const { partition, high, committed } of facts.endOfLog?.partitions ?? []) {
    messages += high;
    if (committed < high)
      faults.add(() => `partition ${partition}: committed ${committed} of ${high}`, high - committed);
  }
  return faults.among(messages);
}

/** S2: members of the group beyond one for each process that the judge started: a worker was expelled and came back. */
export function findUnexplainedMembers(facts: Facts): Finding {
  const faults = new Faults();
  const started = facts.processes.filter((process) => process.event === "started").map((process) => process.worker);
  const members = new Map<string, Set<string>>();
  for (const { members: seen } of facts.samples) {
    for (const { worker, id } of seen) members.set(worker, (members.get(worker) ?? new Set()).add(id));
  }
  for (const [worker, ids] of members) {
    const extra = ids.size - started.filter((name) => name === worker).length;
    if (extra > 0) faults.add(() => `${worker} joined the group ${ids.size} times`, extra);
  }
  return faults.among(started.length);
}

/** Q1: the most connections to the database that one worker was seen to hold. */
export function findConnections(facts: Facts): Finding {
  let most = 0;
  let witness: string[] = [];
  for (const { connections, t } of facts.samples) {
    for (const [worker, count] of connections) {
      if (count <= most) continue;
      most = count;
      witness = [`at ${(t / 1000).toFixed(1)} s ${worker} held ${count} connections`];
    }
  }
  return { seen: most, n: facts.samples.length, witness };
}

function messageAt(facts: Facts, place: number): Published | undefined {
  const n = facts.topic.get(place);
  return n === undefined ? undefined : facts.published.get(n);
}
