import type { KafkaMessage } from "kafkajs";

/** Records of one partition that were fetched and not yet pulled. */
export class RecordQueue {
  /** As they were fetched: to move each record from one list to another, or the rest to the front, costs as much as parsing it. */
  #fetched: (readonly KafkaMessage[])[] = [];
  /** How many of the first list have been taken. */
  #taken = 0;
  #size = 0;
  #bytes = 0;

  get size(): number {
    return this.#size;
  }

  /** Of the values. */
  get bytes(): number {
    return this.#bytes;
  }

  push(messages: readonly KafkaMessage[]): void {
    if (messages.length === 0) return;
    this.#fetched.push(messages);
    this.#size += messages.length;
    for (const message of messages) this.#bytes += sizeOf(message);
  }

  /** The next `max`, or as many as there are. */
  take(max: number): readonly KafkaMessage[] {
    let taken: readonly KafkaMessage[] = [];
    while (taken.length < max && this.#size > 0) {
      const part = this.#takeOfFirst(max - taken.length);
      taken = taken.length === 0 ? part : [...taken, ...part];
    }
    for (const message of taken) this.#bytes -= sizeOf(message);
    return taken;
  }

  clear(): void {
    this.#fetched = [];
    this.#taken = this.#size = this.#bytes = 0;
  }

  #takeOfFirst(max: number): readonly KafkaMessage[] {
    const first = this.#fetched[0] as readonly KafkaMessage[];
    const part = first.slice(this.#taken, this.#taken + max);
    this.#taken += part.length;
    this.#size -= part.length;
    if (this.#taken === first.length) {
      this.#fetched.shift();
      this.#taken = 0;
    }
    return part;
  }
}

function sizeOf({ value }: KafkaMessage): number {
  return value?.length ?? 0;
}
