import type { Crew, RunTopic, Worker } from "@weir/drill";
import type { ServerControl } from "@weir/services";
import type { CommitRecord, Evidence, FaultName, SampleRecord } from "../facts.ts";
import { spec } from "../../spec.ts";
import type { Observer } from "../observer.ts";
import type { ResultTable } from "../table.ts";
import type { Detour } from "./detour.ts";

/** What a fault may lay hands on. */
export interface Hands {
  readonly crew: Crew;
  readonly topic: RunTopic;
  readonly table: ResultTable;
  readonly observer: Observer;
  readonly say: (line: string) => void;
  readonly sessionTimeoutMs: number;
  /** Where the judge holds the log: this worker's commits are neither made nor answered any more. */
  readonly withhold: ((worker: string) => void) | undefined;
  /** Messages of the whole run. */
  readonly messages: number;
  /** Absent: servers that are not ours to stop. */
  readonly postgres: ServerControl | undefined;
  readonly kafka: ServerControl | undefined;
  /** The way of worker-1 to its servers, where the fault needs one that can be cut. */
  readonly detour: Detour | undefined;
  readonly record: (evidence: Evidence) => void;
  readonly recordDurably: (evidence: Evidence) => Promise<void>;
}

/** What is done to a run. It looks at each sample of the judge's and does the next thing when its time has come. */
export interface Act {
  readonly name: FaultName;
  /** So much of the stream may be published by now: what is still to come needs messages. */
  readonly publishShareMax: number;
  /** Everything was done and undone. */
  readonly isOver: boolean;
  readonly step: (sample: SampleRecord) => Promise<void>;
  /** Undoes what is still done; called at the end of every run, also of one that was interrupted. */
  readonly heal: () => Promise<void>;
}

/** All of the stream, or all but its tail. */
export const allBut = (isTailHeldBack: boolean): number => (isTailHeldBack ? 1 - spec.tailShare : 1);

export const shareOf = (sample: SampleRecord, { messages }: Hands): number => sample.written / messages;

/** The living worker that owns most, with its partitions; `undefined` while nobody owns anything. */
export function richest(
  sample: SampleRecord,
  { crew }: Hands,
): { worker: Worker; partitions: readonly number[] } | undefined {
  const [member] = sample.members.toSorted((a, b) => b.partitions.length - a.partitions.length);
  const worker = crew.alive.find(({ name }) => name === member?.worker);
  if (member === undefined || worker === undefined || member.partitions.length === 0) return undefined;
  return { worker, partitions: member.partitions };
}

/** Do others than this worker own all of these? */
export function ownedByOthers(sample: SampleRecord, worker: string, partitions: readonly number[]): boolean {
  return partitions.every((partition) =>
    sample.members.some((member) => member.worker !== worker && member.partitions.includes(partition)),
  );
}

/** What the committed offsets of these partitions are worth at this moment. */
export async function commitsOf({ topic, table }: Hands, wanted?: readonly number[]): Promise<CommitRecord[]> {
  const states = await topic.partitions();
  const looked = states.filter(({ partition }) => wanted === undefined || wanted.includes(partition));
  return Promise.all(
    looked.map(async ({ partition, committed }) => {
      const origin = topic.originOf(partition);
      const [writtenNotCommitted, committedNotWritten] = await Promise.all([
        table.writtenFrom(origin, committed),
        table.missingBelow(origin, committed),
      ]);
      return { partition, committed, writtenNotCommitted, committedNotWritten };
    }),
  );
}

export const longerThanSession = ({ sessionTimeoutMs }: Hands, sinceMs: number): boolean =>
  performance.now() - sinceMs > sessionTimeoutMs * 1.2;
