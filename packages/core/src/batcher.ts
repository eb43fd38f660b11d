import type { CancelTimer } from "./clock.ts";
import { float, type Context } from "./context.ts";
import { publish } from "./events.ts";
import { Fifo } from "./fifo.ts";
import { coreErrors } from "./errors.ts";
import type { Envelope } from "./message.ts";
import type { BatchTrigger } from "./sink.ts";
import type { Splitter } from "./splitter.ts";

/**
 * A batch on its way: being filled, in line (waiting for its key or a writer), or being written. One that is old enough
 * gets in line and goes on being filled until its turn comes: closed at once it would only wait, and be smaller.
 */
export interface PendingBatch {
  readonly key: string;
  readonly openedMs: number;
  readonly messages: Envelope[];
  bytes: number;
  trigger: BatchTrigger;
  isInLine: boolean;
  /** The batch of the same key in line behind this one. */
  next: PendingBatch | null;
}

export interface BatcherOptions {
  /** Messages in a full batch. */
  readonly size: number;
  /** How long the oldest message of a partial batch waits. */
  readonly ageMs: number;
  /** Batches being written at once; one of a key at a time. */
  readonly concurrency: number;
  /** Messages in the batcher, open, ready and being written. */
  readonly capacity: number;
  /** Bytes in a full batch; a batch above it holds one message. */
  readonly bytesMax: number;
  /** Needed if `bytesMax` is finite. */
  readonly bytesOf: ((message: Envelope) => number) | undefined;
  readonly splitter: Splitter | undefined;
  keyOf(message: Envelope): string;
  /** Writes the batch and answers when every message of it is finished. A rejection stops the pipeline. */
  write(batch: PendingBatch): Promise<void>;
}

/** Gathers messages into batches by key and hands each to the writer: full, old enough, or to make room. */
export class Batcher {
  readonly #context: Context;
  readonly #options: BatcherOptions;
  /** By key, in the order of opening: the first one is the oldest. */
  readonly #open = new Map<string, PendingBatch>();
  /** Batches in line that may be written: at most one of a key, as in the lanes, so that none overtakes another. */
  readonly #ready = new Fifo<PendingBatch>();
  /** By key, the last batch in line that is not written yet. */
  readonly #last = new Map<string, PendingBatch>();
  #cancelAge: CancelTimer | null = null;
  #writing = 0;
  #inside = 0;
  #draining = false;
  #stopped = false;
  /** Called when messages have left. */
  onRoom: () => void = () => {};

  constructor(context: Context, options: BatcherOptions) {
    this.#context = context;
    this.#options = options;
  }

  /** Batches being filled. */
  get open(): number {
    return this.#open.size;
  }

  /** Batches being written. */
  get writing(): number {
    return this.#writing;
  }

  get inside(): number {
    return this.#inside;
  }

  /** Takes the message if there is room. */
  offer(message: Envelope): boolean {
    if (this.#inside >= this.#options.capacity) return false;
    this.#inside += 1;
    const key = this.#options.keyOf(message);
    const bytes = this.#bytesOf(message);
    let batch = this.#openBatch(key);
    if (batch.bytes > 0 && batch.bytes + bytes > this.#options.bytesMax) {
      this.#close(batch, "bytes");
      batch = this.#openBatch(key);
    }
    batch.messages.push(message);
    batch.bytes += bytes;
    message.batch = batch;
    const trigger = this.#triggerOf(batch, message);
    if (trigger !== undefined) this.#close(batch, trigger);
    else if (this.#draining) this.#hurry();
    this.#relieve();
    return true;
  }

  /** Closes all partial batches: what is in them goes as it is. */
  flush(trigger: BatchTrigger = "flush"): void {
    for (const batch of this.#open.values()) this.#close(batch, trigger);
  }

  /** From now on nothing waits for more: a partial batch goes as soon as somebody is free to write it. */
  drain(): void {
    this.#draining = true;
    this.#hurry();
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelAge?.();
  }

  #bytesOf(message: Envelope): number {
    const { bytesOf } = this.#options;
    if (bytesOf === undefined) return 0;
    const bytes: unknown = bytesOf(message);
    if (typeof bytes === "number" && bytes >= 0 && bytes < Infinity) return bytes;
    throw coreErrors.invalidAnswer("batch.bytesOf", message, "a number of bytes, 0 or more");
  }

  /** Is the batch complete with this message? The splitter is asked every time: it must see all of them. */
  #triggerOf(batch: PendingBatch, message: Envelope): BatchTrigger | undefined {
    const { splitter, size, bytesMax } = this.#options;
    if (splitter?.add(batch.key, message) === true) return "split";
    if (batch.messages.length >= size) return "size";
    if (batch.bytes >= bytesMax) return "bytes";
    return message.flush ? "flush" : undefined;
  }

  #openBatch(key: string): PendingBatch {
    let batch = this.#open.get(key);
    if (batch === undefined) {
      const openedMs = this.#context.clock.nowMs();
      batch = { key, openedMs, messages: [], bytes: 0, trigger: "age", isInLine: false, next: null };
      this.#open.set(key, batch);
      this.#armAge();
    }
    return batch;
  }

  #close(batch: PendingBatch, trigger: BatchTrigger): void {
    this.#seal(batch, trigger);
    this.#queue(batch);
    this.#startWrites();
  }

  /** Nothing more comes into it. */
  #seal(batch: PendingBatch, trigger: BatchTrigger): void {
    batch.trigger = trigger;
    this.#open.delete(batch.key);
    const { pipeline } = this.#context;
    publish("batched", { pipeline, key: batch.key, count: batch.messages.length, trigger });
  }

  #queue(batch: PendingBatch): void {
    if (batch.isInLine) return;
    batch.isInLine = true;
    const before = this.#last.get(batch.key);
    this.#last.set(batch.key, batch);
    if (before === undefined) this.#ready.push(batch);
    else before.next = batch;
  }

  /** While draining: closes what nothing of its key is in front of, as long as a writer is free; the rest fills up meanwhile. */
  #hurry(): void {
    for (const batch of this.#open.values()) {
      if (this.#writing >= this.#options.concurrency) return;
      if (!this.#last.has(batch.key)) this.#close(batch, "drain");
    }
  }

  /** Full, and nothing on its way out that could make room: the oldest partial batch goes as it is. */
  #relieve(): void {
    if (this.#inside < this.#options.capacity || this.#last.size > 0) return;
    const oldest = this.#open.values().next();
    if (!oldest.done) this.#close(oldest.value, "pressure");
  }

  #startWrites(): void {
    while (!this.#stopped && this.#writing < this.#options.concurrency) {
      const batch = this.#ready.shift();
      if (batch === undefined) return;
      if (this.#open.get(batch.key) === batch) this.#seal(batch, "age");
      this.#writing += 1;
      float(
        this.#context,
        this.#options.write(batch).then(() => this.#finished(batch)),
      );
    }
  }

  #finished(batch: PendingBatch): void {
    this.#writing -= 1;
    this.#inside -= batch.messages.length;
    if (batch.next === null) this.#last.delete(batch.key);
    else this.#ready.push(batch.next);
    this.#startWrites();
    this.onRoom();
    if (this.#draining) this.#hurry();
    this.#relieve();
    this.#context.moved();
  }

  #armAge(): void {
    if (this.#cancelAge !== null || this.#stopped) return;
    const oldest = this.#oldestOutOfLine();
    if (oldest === undefined) return;
    const { clock } = this.#context;
    const dueMs = oldest.openedMs + this.#options.ageMs;
    this.#cancelAge = clock.after(Math.max(0, dueMs - clock.nowMs()), () => {
      this.#cancelAge = null;
      const nowMs = clock.nowMs();
      for (const batch of this.#open.values()) {
        if (batch.openedMs + this.#options.ageMs > nowMs) break;
        this.#queue(batch);
      }
      this.#startWrites();
      this.#armAge();
    });
  }

  #oldestOutOfLine(): PendingBatch | undefined {
    for (const batch of this.#open.values()) if (!batch.isInLine) return batch;
    return undefined;
  }
}
