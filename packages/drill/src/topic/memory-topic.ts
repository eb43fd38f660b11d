import { MemoryLog } from "@weir/core/testing";
import { drillErrors } from "../drill-errors.ts";
import type { ToMember } from "./member-messages.ts";
import { MemorySession } from "./memory-session.ts";
import type { GroupMember, NewRecord, PartitionState, RunTopic } from "./run-topic.ts";
import type { DeliveredRun, TopicRecord } from "./topic.ts";

export interface MemoryTopicOptions {
  readonly topic: string;
  readonly group: string;
  /** A worker that was not heard of for so long loses its partitions to others. */
  readonly sessionTimeoutMs: number;
  /** For so long a process that has ended stays a member: the judge looks before others take over. */
  readonly exitGraceMs: number;
}

/** One worker process at the log. */
export interface TopicLink {
  readonly worker: string;
  readonly send: (message: ToMember) => void;
  /** What is about to be handed out. */
  readonly onDelivered: (runs: readonly DeliveredRun[]) => void;
}

const lookMs = 100;
const partMax = 1_000;

/** A Kafka-like log in the judge's process; workers in other processes reach it by messages. */
export class MemoryTopic implements RunTopic {
  readonly name: string;
  readonly group: string;
  readonly #options: MemoryTopicOptions;
  readonly #sessions = new Set<MemorySession>();
  readonly #withheld = new Set<string>();
  readonly #notes = new Set<Promise<void>>();
  #log: MemoryLog | undefined;
  #records: TopicRecord[][] = [];
  #joins = 0;
  #lookedMs = performance.now();
  #looking: NodeJS.Timeout | undefined;

  constructor(options: MemoryTopicOptions) {
    this.#options = options;
    this.name = options.topic;
    this.group = options.group;
  }

  get log(): MemoryLog {
    if (this.#log === undefined) throw drillErrors.noTopic();
    return this.#log;
  }

  create(partitions: number): Promise<void> {
    this.#log = new MemoryLog({ partitions, topic: this.name });
    this.#records = Array.from({ length: partitions }, () => []);
    this.#looking = setInterval(() => this.#look(), lookMs);
    this.#looking.unref();
    return Promise.resolve();
  }

  originOf(partition: number): string {
    return `${this.name}/${partition}`;
  }

  send(records: readonly NewRecord[]): Promise<void> {
    for (const record of records) this.append(partitionOf(record.key, this.#records.length), record);
    return Promise.resolve();
  }

  append(partition: number, { key, value, headers }: Omit<NewRecord, "key"> & { readonly key: string | null }): void {
    const stored = this.#records[partition] as TopicRecord[];
    stored.push({
      topic: this.name,
      partition,
      offset: stored.length,
      key: key === null ? null : Buffer.from(key),
      value,
      headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
      timestampMs: Date.now(),
    });
    this.log.append(partition, { key, value: "" });
  }

  recordAt(partition: number, offset: number): TopicRecord {
    return this.#records[partition]?.[offset] as TopicRecord;
  }

  partitions(): Promise<PartitionState[]> {
    const { committed } = this.log.group(this.group);
    return Promise.resolve(
      this.#records.map(({ length }, partition) => ({ partition, high: length, committed: committed[partition] ?? 0 })),
    );
  }

  members(): Promise<GroupMember[]> {
    return Promise.resolve([...this.#sessions].flatMap((session) => session.members()));
  }

  async *readAll(): AsyncGenerator<readonly TopicRecord[]> {
    for (const records of this.#records) {
      for (let at = 0; at < records.length; at += partMax) yield records.slice(at, at + partMax);
    }
    await Promise.resolve();
  }

  close(): Promise<void> {
    clearInterval(this.#looking);
    for (const session of this.#sessions) session.end();
    return Promise.resolve();
  }

  /** The link of one worker process. */
  connect(link: TopicLink): MemorySession {
    const session = new MemorySession(this, link, this.#options);
    this.#sessions.add(session);
    return session;
  }

  /** From now on this worker's commits are neither made nor answered: as where a process dies between writing and committing. */
  withhold(worker: string): void {
    this.#withheld.add(worker);
  }

  isWithheld(worker: string): boolean {
    return this.#withheld.has(worker);
  }

  /** A name for a new membership, as a broker gives it. */
  nameMember(worker: string): string {
    this.#joins += 1;
    return `${worker}-${this.#joins}`;
  }

  /** Nobody is given anything before this has resolved: a former owner has to learn of its loss. */
  awaitNote(note: Promise<void>): void {
    this.#notes.add(note);
    void note.then(() => this.#notes.delete(note));
  }

  async noted(): Promise<void> {
    while (this.#notes.size > 0) await Promise.all(this.#notes);
  }

  /** Who was silent for a session is taken for dead. If we were held up ourselves, nobody's silence counts. */
  #look(): void {
    const nowMs = performance.now();
    const wasHeldUp = nowMs - this.#lookedMs > 5 * lookMs;
    this.#lookedMs = nowMs;
    for (const session of this.#sessions) {
      if (wasHeldUp) session.excuse();
      else session.judgeSilence(nowMs);
    }
  }
}

/** Equal keys go to the same partition. FNV-1a. */
function partitionOf(key: string, partitions: number): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  return (hash >>> 0) % partitions;
}
