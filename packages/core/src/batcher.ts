import type { CancelTimer } from "./clock.ts";
import type { Context } from "./context.ts";
import { publish } from "./events.ts";
import { Fifo } from "./fifo.ts";
import type { Envelope } from "./message.ts";
import type { BatchTrigger } from "./sink.ts";

/** A batch on its way: open (being filled), ready (closed, waiting for its key or a writer), or being written. */
export interface PendingBatch {
  readonly key: string;
  readonly openedMs: number;
  readonly messages: Envelope[];
  trigger: BatchTrigger;
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
  keyOf(message: Envelope): string;
  /** Writes the batch and answers when every message of it is finished. Never rejects. */
  write(batch: PendingBatch): Promise<void>;
}

/** Gathers messages into batches by key and hands each to the writer: full, old enough, or to make room. */
export class Batcher {
  readonly #context: Context;
  readonly #options: BatcherOptions;
  /** By key, in the order of opening: the first one is the oldest. */
  readonly #open = new Map<string, PendingBatch>();
  readonly #ready = new Fifo<PendingBatch>();
  readonly #writing = new Set<string>();
  #cancelAge: CancelTimer | null = null;
  #inside = 0;
  #draining = false;
  #stopped = false;
  /** Called when messages have left. */
  onRoom: () => void = () => {};

  constructor(context: Context, options: BatcherOptions) {
    this.#context = context;
    this.#options = options;
  }

  get inside(): number {
    return this.#inside;
  }

  /** Takes the message if there is room. */
  offer(message: Envelope): boolean {
    if (this.#inside >= this.#options.capacity) return false;
    this.#inside += 1;
    const batch = this.#openBatch(this.#options.keyOf(message));
    batch.messages.push(message);
    message.batch = batch;
    if (batch.messages.length >= this.#options.size) this.#close(batch, "size");
    else if (this.#draining) this.#close(batch, "drain");
    if (this.#inside >= this.#options.capacity) this.#relieve();
    return true;
  }

  /** From now on nothing waits for more: partial batches are closed. */
  drain(): void {
    this.#draining = true;
    for (const batch of this.#open.values()) this.#close(batch, "drain");
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelAge?.();
  }

  #openBatch(key: string): PendingBatch {
    let batch = this.#open.get(key);
    if (batch === undefined) {
      batch = { key, openedMs: this.#context.clock.nowMs(), messages: [], trigger: "size" };
      this.#open.set(key, batch);
      this.#armAge();
    }
    return batch;
  }

  #close(batch: PendingBatch, trigger: BatchTrigger): void {
    batch.trigger = trigger;
    this.#open.delete(batch.key);
    this.#ready.push(batch);
    const { pipeline } = this.#context;
    publish("batched", { pipeline, key: batch.key, count: batch.messages.length, trigger });
    this.#startWrites();
  }

  /** Full, and nothing on its way out that could make room: the oldest partial batch goes as it is. */
  #relieve(): void {
    if (this.#writing.size > 0 || this.#ready.size > 0) return;
    const oldest = this.#open.values().next();
    if (!oldest.done) this.#close(oldest.value, "pressure");
  }

  #startWrites(): void {
    for (let left = this.#ready.size; left > 0; left -= 1) {
      if (this.#stopped || this.#writing.size >= this.#options.concurrency) return;
      const batch = this.#ready.shift() as PendingBatch;
      // Behind a batch of the same key it goes to the end; the order among equal keys stays, since all of them do.
      if (this.#writing.has(batch.key)) this.#ready.push(batch);
      else this.#start(batch);
    }
  }

  #start(batch: PendingBatch): void {
    this.#writing.add(batch.key);
    const count = batch.messages.length;
    const finished = (): void => {
      this.#writing.delete(batch.key);
      this.#inside -= count;
      this.#startWrites();
      this.onRoom();
      if (this.#inside >= this.#options.capacity) this.#relieve();
      this.#context.moved();
    };
    this.#options.write(batch).then(finished, (thrown: unknown) => this.#context.fail(thrown as never));
  }

  #armAge(): void {
    if (this.#cancelAge !== null || this.#stopped) return;
    const oldest = this.#open.values().next();
    if (oldest.done) return;
    const { clock } = this.#context;
    const dueMs = oldest.value.openedMs + this.#options.ageMs;
    this.#cancelAge = clock.after(Math.max(0, dueMs - clock.nowMs()), () => {
      this.#cancelAge = null;
      const nowMs = clock.nowMs();
      for (const batch of this.#open.values()) {
        if (batch.openedMs + this.#options.ageMs > nowMs) break;
        this.#close(batch, "age");
      }
      this.#armAge();
    });
  }
}
