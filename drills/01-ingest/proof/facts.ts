import type { DeliveredRun, ProcessRecord } from "@weir/drill";
import type { HistoryRecord } from "@weir/proof";
import type { MessageKind } from "./stream.ts";

/** The kinds of record in this drill's history, beside its first and its last. Long lists travel as chunks of rows. */
export type Evidence =
  | { kind: "published"; messages: readonly [n: number, key: string, kind: MessageKind, digest: string][] }
  | { kind: "topic"; records: readonly [partition: number, offset: number, n: number][] }
  | { kind: "rows"; rows: readonly RowEvidence[] }
  | { kind: "letters"; letters: readonly [partition: number, offset: number, reason: string, digest: string][] }
  | { kind: "table"; arrivalGivenByDatabase: boolean }
  | ProcessRecord
  | DeliveredRecord
  | KillRecord
  | FaultRecord
  | HoldRecord
  | RaceRecord
  | SampleRecord
  | { kind: "published-all"; messages: number }
  | { kind: "end-of-log"; partitions: readonly { partition: number; high: number; committed: number }[] };

/** What the host of a worker saw passing by, before the worker did. */
export interface DeliveredRecord {
  readonly kind: "delivered";
  readonly worker: string;
  readonly runs: readonly DeliveredRun[];
}

/** Who waited for the table when the worker that had been stopped came back, and before. Connections. */
export interface RaceRecord {
  readonly kind: "race";
  readonly heirs: number;
  readonly back: number;
}

/** One row of the table; `fence` is null where the solution keeps none. */
export type RowEvidence = readonly [
  partition: number,
  offset: number,
  arrival: number,
  digest: string,
  fence: number | null,
];

/** What was committed while nobody could write, or while one row could not be written. */
export interface HoldRecord {
  readonly kind: "hold";
  readonly what: "table" | "row";
  readonly heldMs: number;
  /** Messages in the topic that were neither in the table nor set aside, at the end. */
  readonly waiting: number;
  readonly partitions: readonly CommitRecord[];
}

/** What one partition's committed offset was worth. */
export interface CommitRecord {
  readonly partition: number;
  readonly committed: number;
  /** Messages at or above the committed offset that were in the table: they will be delivered again. */
  readonly writtenNotCommitted: number;
  /** Offsets below the committed one that were neither in the table nor set aside. */
  readonly committedNotWritten: readonly number[];
}

/** What is done to a run, as the command line names it. */
export const faultNames = ["kill", "none", "split", "pause", "restart", "storm"] as const;
export type FaultName = (typeof faultNames)[number];

/** A fault began or ended; in a storm, a worker joined or left. */
export interface FaultRecord {
  readonly kind: "fault";
  readonly fault: "pause" | "split-kafka" | "split-postgres" | "restart-kafka" | "restart-postgres" | "storm";
  readonly event: "began" | "ended" | "joined" | "left";
  readonly worker?: string;
}

/** What the judge saw around the SIGKILL, before anybody took the victim's partitions over. */
export interface KillRecord {
  readonly kind: "kill";
  readonly worker: string;
  /** Messages in the table by then, as a share of all. */
  readonly share: number;
  readonly partitions: readonly CommitRecord[];
}

export interface SampleRecord {
  readonly kind: "sample";
  readonly published: number;
  readonly written: number;
  readonly lag: number;
  /** Members of the consumer group, with the partitions that they own. */
  readonly members: readonly { readonly id: string; readonly worker: string; readonly partitions: readonly number[] }[];
  /** Of each partition. */
  readonly committed: readonly number[];
  /** Messages that a worker was given of one partition and has not committed: the most, over all of them. */
  readonly held: { readonly worker: string; readonly partition: number; readonly messages: number };
  /** Connections to the database of each worker. */
  readonly connections: readonly (readonly [worker: string, connections: number])[];
  /** Told by the workers themselves: a picture, never evidence. */
  readonly inFlight: number;
}

/** A place in the topic as one number: partitions below 4,096, offsets below 2^40. */
export function placeOf(partition: number, offset: number): number {
  return partition * 2 ** 40 + offset;
}

export function partitionOf(place: number): number {
  return Math.floor(place / 2 ** 40);
}

export function nameOf(place: number): string {
  return `partition ${Math.floor(place / 2 ** 40)}, offset ${place % 2 ** 40}`;
}

export interface Published {
  readonly n: number;
  readonly key: string;
  readonly kind: MessageKind;
  readonly digest: string;
  /** Milliseconds since the start. */
  readonly t: number;
}

export interface Row {
  readonly place: number;
  readonly arrival: number;
  readonly digest: string;
  readonly fence: number | null;
}

export interface Letter {
  readonly place: number;
  readonly reason: string;
  readonly digest: string;
}

/** Everything that the checks ask about, gathered from the history. */
export interface Facts {
  readonly published: Map<number, Published>;
  /** What the judge's own consumer read: place → the message's number in the stream. */
  readonly topic: Map<number, number>;
  readonly rows: Row[];
  readonly letters: Letter[];
  readonly processes: (Extract<Evidence, { kind: "process" }> & { readonly t: number })[];
  readonly samples: (SampleRecord & { readonly t: number })[];
  readonly faults: (FaultRecord & { readonly t: number })[];
  readonly deliveries: (DeliveredRecord & { readonly t: number })[];
  readonly holds: HoldRecord[];
  arrivalGivenByDatabase: boolean;
  race: RaceRecord | null;
  kill: KillRecord | null;
  endOfLog: Extract<Evidence, { kind: "end-of-log" }> | null;
}

export function emptyFacts(): Facts {
  return {
    published: new Map(),
    topic: new Map(),
    rows: [],
    letters: [],
    processes: [],
    samples: [],
    faults: [],
    deliveries: [],
    holds: [],
    arrivalGivenByDatabase: false,
    race: null,
    kill: null,
    endOfLog: null,
  };
}

/** Takes one record of the history in. `t`: milliseconds since the start. */
export function takeIn(facts: Facts, line: HistoryRecord, t: number): void {
  const record = line as Evidence;
  switch (record.kind) {
    case "published":
      for (const [n, key, kind, digest] of record.messages) facts.published.set(n, { n, key, kind, digest, t });
      return;
    case "topic":
      for (const [partition, offset, n] of record.records) facts.topic.set(placeOf(partition, offset), n);
      return;
    case "rows":
      for (const [partition, offset, arrival, digest, fence] of record.rows)
        facts.rows.push({ place: placeOf(partition, offset), arrival, digest, fence });
      return;
    case "letters":
      for (const [partition, offset, reason, digest] of record.letters)
        facts.letters.push({ place: placeOf(partition, offset), reason, digest });
      return;
    case "table":
      facts.arrivalGivenByDatabase = record.arrivalGivenByDatabase;
      return;
    case "process":
      facts.processes.push({ ...record, t });
      return;
    case "fault":
      facts.faults.push({ ...record, t });
      return;
    case "delivered":
      facts.deliveries.push({ ...record, t });
      return;
    case "race":
      facts.race = record;
      return;
    case "hold":
      facts.holds.push(record);
      return;
    case "kill":
      facts.kill = record;
      return;
    case "sample":
      facts.samples.push({ ...record, t });
      return;
    case "end-of-log":
      facts.endOfLog = record;
      return;
    case "published-all":
      return;
  }
}
