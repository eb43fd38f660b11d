import type { KafkaMessage } from "kafkajs";

/** Records of one partition that were fetched and not yet pulled. */
export class RecordQueue {
  #messages: KafkaMessage[] = [];
  #bytes = 0;

  get size(): number {
    return this.#messages.length;
  }

  /** Of the values. */
  get bytes(): number {
    return this.#bytes;
  }

  push(messages: readonly KafkaMessage[]): void {
    for (const message of messages) {
      this.#messages.push(message);
      this.#bytes += sizeOf(message);
    }
  }

  take(max: number): KafkaMessage[] {
    const taken = this.#messages.splice(0, max);
    for (const message of taken) this.#bytes -= sizeOf(message);
    return taken;
  }

  clear(): void {
    this.#messages = [];
    this.#bytes = 0;
  }
}

function sizeOf({ value }: KafkaMessage): number {
  return value?.length ?? 0;
}
