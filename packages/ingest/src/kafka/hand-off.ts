import type { Message } from "@weir/core";
import type { KafkaMessage } from "kafkajs";
import { toMessage, toRecord, type KafkaRecord } from "./kafka-record.ts";
import type { Tenure, Tenures } from "./tenures.ts";

export interface HandOffOptions {
  readonly tenures: Tenures;
  readonly bufferedMax: number;
  readonly bufferedBytesMax: number;
  /** Pauses or resumes the fetching of this partition. */
  setPaused(tenure: Tenure, isPaused: boolean): void;
}

/**
 * Where pushed batches become pulled messages: one bounded queue per partition. A partition whose queue is full is paused
 * and goes on at half; the bound is the cap and the one batch that reached it.
 */
export class HandOff {
  readonly #options: HandOffOptions;
  /** Whose turn is first: moves on with each take, so that no partition is served before the others every time. */
  #turn = 0;
  #wake: (() => void) | null = null;

  constructor(options: HandOffOptions) {
    this.#options = options;
  }

  put(tenure: Tenure, messages: readonly KafkaMessage[]): void {
    tenure.queue.push(messages);
    this.regulate(tenure);
    if (!tenure.isHeldBack) this.wake();
  }

  hold(tenure: Tenure): void {
    tenure.isHeldBack = true;
    this.regulate(tenure);
  }

  letGo(tenure: Tenure): void {
    tenure.isHeldBack = false;
    this.regulate(tenure);
    if (tenure.queue.size > 0) this.wake();
  }

  /** Should this partition be fetched? Before its claim, at the cap or the window not, from half on again, in between as it was. */
  regulate(tenure: Tenure): void {
    const isPaused = this.#shouldPause(tenure);
    if (isPaused !== tenure.isPaused) this.#set(tenure, isPaused);
  }

  /** A pause outlives every rebalance in the client: after a join each partition is told anew. */
  regulateAnew(tenure: Tenure): void {
    this.#set(tenure, this.#shouldPause(tenure));
  }

  /** At most `max`, the same share for each partition as far as it has so many; each partition's in one piece and in order. */
  take(max: number): Message<KafkaRecord>[] {
    const ready = [...this.#options.tenures.held].filter(({ isHeldBack, queue }) => !isHeldBack && queue.size > 0);
    const taken: Message<KafkaRecord>[] = [];
    const first = ready.length === 0 ? 0 : this.#turn % ready.length;
    this.#turn = first + 1;
    for (let place = 0; place < ready.length && taken.length < max; place += 1) {
      const tenure = ready[(first + place) % ready.length] as Tenure;
      const share = Math.ceil((max - taken.length) / (ready.length - place));
      for (const message of tenure.queue.take(share)) taken.push(toMessage(tenure.origin, toRecord(tenure, message)));
      this.regulate(tenure);
    }
    return taken;
  }

  /** Resolves when there may be something to take, or when {@link wake} is called. */
  wait(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }

  wake(): void {
    this.#wake?.();
    this.#wake = null;
  }

  #shouldPause({ isOwned, isHeldBack, isPaused, queue }: Tenure): boolean {
    const { bufferedMax, bufferedBytesMax } = this.#options;
    if (!isOwned || isHeldBack || queue.size >= bufferedMax || queue.bytes >= bufferedBytesMax) return true;
    return isPaused && (queue.size > bufferedMax / 2 || queue.bytes > bufferedBytesMax / 2);
  }

  #set(tenure: Tenure, isPaused: boolean): void {
    tenure.isPaused = isPaused;
    this.#options.setPaused(tenure, isPaused);
  }
}
