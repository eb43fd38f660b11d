import { createMessage } from "@weir/core";
import type { Message, Origin, SettleAnswer, Source } from "@weir/core";
import { createDraw } from "./draw.ts";

export const keyCount = 10_000;

/** Drawn once, the same in every run: keys that come in turn would never meet in a pipeline, and order would be nothing. */
const draw = createDraw(1);
const drawn = Uint16Array.from({ length: 65_536 }, () => Math.floor(draw() * keyCount));

/** Which of the keys the message at this offset has. */
export function keyNumberAt(offset: number): number {
  return drawn[offset & (drawn.length - 1)] as number;
}

const keys = Array.from({ length: keyCount }, (_, n) => `key-${n}`);

/** Makes its messages when it is asked for them: whoever pulls pays for making them, as from any real source. */
export class FreshSource implements Source<number> {
  readonly name = "fresh messages";
  readonly #origin: Origin = { id: "fresh/0", epoch: 1 };
  readonly #total: number;
  /** Called before each answer, with the number of messages handed out so far. */
  readonly #onPull: (handedOut: number) => void;
  #next = 0;
  #isPaused = false;
  #wake: (() => void) | null = null;

  constructor(total: number, onPull: (handedOut: number) => void = () => {}) {
    this.#total = total;
    this.#onPull = onPull;
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async pull(max: number, signal: AbortSignal): Promise<readonly Message<number>[] | null> {
    while (this.#isPaused && !signal.aborted) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#onPull(this.#next);
    const count = Math.min(max, this.#total - this.#next);
    if (count === 0) return null;
    const messages: Message<number>[] = [];
    for (let i = 0; i < count; i += 1) {
      const offset = this.#next;
      this.#next += 1;
      const key = keys[keyNumberAt(offset)] as string;
      messages.push(createMessage({ origin: this.#origin, offset, key, data: offset, raw: null }));
    }
    return messages;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#wake?.();
  }

  settle(): Promise<SettleAnswer> {
    return Promise.resolve("settled");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
