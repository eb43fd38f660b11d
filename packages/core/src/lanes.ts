import { Fifo } from "./fifo.ts";
import type { Envelope, MessageKey } from "./message.ts";

/** FNV-1a over the key's UTF-16 units or bytes: cheap, and equal keys always meet. */
export function hashKey(key: string | Uint8Array): number {
  let hash = 0x811c9dc5;
  if (typeof key === "string") {
    for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193);
  } else {
    for (let i = 0; i < key.length; i += 1) hash = Math.imul(hash ^ (key[i] as number), 0x01000193);
  }
  return hash >>> 0;
}

/**
 * Order per key at any concurrency: many more lanes than workers, by key hash. A lane has at most one message on the
 * FIFO that all workers share; the others wait behind it, linked through the messages themselves. So a slow key holds
 * up only what shares its lane, and an idle worker always finds work that may start.
 */
export class Lanes {
  readonly #ready = new Fifo<Envelope>();
  readonly #mask: number;
  readonly #busy: Uint8Array;
  readonly #tails: (Envelope | null)[];

  /** `insideMax`: how many messages there are at most. Lanes: a power of two, at least four times as many. */
  constructor(insideMax: number) {
    const count = 2 ** Math.ceil(Math.log2(Math.max(1024, 4 * insideMax)));
    this.#mask = count - 1;
    this.#busy = new Uint8Array(count);
    this.#tails = Array.from({ length: count }, () => null);
  }

  /** Messages that a worker may start now. */
  get ready(): number {
    return this.#ready.size;
  }

  laneOf(key: MessageKey): number {
    return key === null ? -1 : hashKey(key) & this.#mask;
  }

  add(message: Envelope): void {
    const lane = message.lane;
    if (lane === -1) {
      this.#ready.push(message);
      return;
    }
    if (this.#busy[lane] === 0) {
      this.#busy[lane] = 1;
      this.#tails[lane] = message;
      this.#ready.push(message);
      return;
    }
    (this.#tails[lane] as Envelope).next = message;
    this.#tails[lane] = message;
  }

  take(): Envelope | undefined {
    return this.#ready.shift();
  }

  /** The message is handled (or given up): the one behind it may start. */
  release(message: Envelope): void {
    const lane = message.lane;
    if (lane === -1) return;
    const next = message.next;
    message.next = null;
    if (next === null) {
      this.#busy[lane] = 0;
      this.#tails[lane] = null;
    } else {
      this.#ready.push(next);
    }
  }
}
