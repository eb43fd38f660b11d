import type { TopicRecord } from "./topic.ts";

export interface PartitionState {
  readonly partition: number;
  /** The offset that the next record gets. */
  readonly high: number;
  /** 0 before the first commit. */
  readonly committed: number;
}

export interface GroupMember {
  /** New with every join. */
  readonly id: string;
  readonly worker: string;
  readonly partitions: readonly number[];
}

export interface NewRecord {
  readonly key: string;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** The topic of one run in the judge's hands: made, filled and watched from outside of the workers. */
export interface RunTopic {
  readonly name: string;
  readonly group: string;
  create(partitions: number): Promise<void>;
  /** `topic/partition`, as in origins. */
  originOf(partition: number): string;
  /** Resolves when all of them are in the log. A record whose answer was lost may be there twice. */
  send(records: readonly NewRecord[], signal: AbortSignal): Promise<void>;
  partitions(): Promise<readonly PartitionState[]>;
  members(): Promise<readonly GroupMember[]>;
  /** Everything that is in the topic, in parts. */
  readAll(): AsyncIterable<readonly TopicRecord[]>;
  /** Removes the topic and ends the connections. */
  close(): Promise<void>;
}
