import type { Ownership, Source } from "@weir/core";
import type { KafkaRecord } from "@weir/ingest/kafka";

/** One record of the topic, as it arrived: `key` and `value` are bytes or `null`. */
export type TopicRecord = KafkaRecord;

export interface TopicPosition {
  readonly partition: number;
  /** The offset that is to be read next: everything below it is done with. */
  readonly offset: number;
}

/** The topic by hand, for loops that are written by hand: one member of the consumer group. */
export interface TopicReader {
  /**
   * Answers with 1 to `max` records as soon as there are any, each partition's in their order; with `[]` once `signal`
   * aborts or the reader is closed. One call at a time: rejects with `poll-under-way` otherwise. Rejects with a
   * `WeirError` where the topic cannot be read at all.
   */
  poll(max: number, signal?: AbortSignal): Promise<readonly TopicRecord[]>;
  /**
   * Resolves when these positions are durable: whoever reads next, begins there. Dropped, quietly, is what is not ours to
   * say: of a partition that went to another worker, or of one that came back and was not read that far since.
   */
  commit(positions: readonly TopicPosition[]): Promise<void>;
  /** Leaves the group. What was read and not committed comes to another worker. */
  close(): Promise<void>;
}

export interface SourceOptions {
  /** Claims each partition before its first message is handed out. */
  readonly ownership?: Ownership;
}

/** A worker's two ways to the topic. */
export interface TopicAccess {
  /** As a source of core's pipeline; what is settled is committed. */
  openSource(options?: SourceOptions): Source<TopicRecord>;
  /** By hand. Rejects with a `WeirError` where the group cannot be joined. */
  openReader(): Promise<TopicReader>;
}

/** Records that were handed out to a worker, in runs without a gap. */
export type DeliveredRun = readonly [partition: number, from: number, to: number];
