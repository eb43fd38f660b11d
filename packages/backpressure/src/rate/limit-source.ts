import type { Message, Origin, SettleAnswer, Settlement, Source, SourceListener } from "@weir/core";
import type { RateLimit } from "./rate-limit.ts";

export interface LimitedSource<T> extends Source<T> {
  /** Messages that were pulled from the inner source and wait for a permit. */
  readonly held: number;
}

/**
 * A source that hands out at most what the limit permits: whatever the pipeline does with its messages, they have come
 * through here. Messages that wait for permits are held back, at most `limit.atOnceMax` of them, and as many again for each
 * origin that was paused in between; those of a tenure that ends are forgotten, and what is held at the end was never pulled.
 */
export function limitSource<T>(source: Source<T>, limit: RateLimit): LimitedSource<T> {
  return new HoldingSource(source, limit);
}

class HoldingSource<T> implements LimitedSource<T> {
  readonly name: string;
  readonly #inner: Source<T>;
  readonly #limit: RateLimit;
  #held: Message<T>[] = [];
  readonly #paused = new Set<Origin>();
  /** Came to their end at the inner source, and still have messages here. */
  readonly #ending = new Set<Origin>();
  #listener: SourceListener | undefined;
  #isAtEnd = false;
  #wake: () => void = () => {};

  constructor(source: Source<T>, limit: RateLimit) {
    this.name = source.name;
    this.#inner = source;
    this.#limit = limit;
  }

  get held(): number {
    return this.#held.length;
  }

  start(listener: SourceListener): Promise<void> {
    this.#listener = listener;
    return this.#inner.start({
      lost: (origin) => {
        this.#forget(origin);
        listener.lost(origin);
      },
      ended: (origin) => {
        if (this.#held.some((message) => message.origin === origin)) this.#ending.add(origin);
        else listener.ended?.(origin);
      },
      shed: (reason, count) => listener.shed?.(reason, count),
    });
  }

  async pull(max: number, signal: AbortSignal): Promise<readonly Message<T>[] | null> {
    for (;;) {
      const ready = this.#readyCount();
      if (ready === 0) {
        if (this.#isAtEnd && this.#held.length === 0) return null;
        if (this.#isAtEnd) await this.#resumed(signal);
        else await this.#fill(max, signal);
        if (signal.aborted) return [];
        continue;
      }
      const permits = await this.#limit.take(Math.min(max, ready), signal);
      if (permits === 0) return [];
      const messages = this.#handOut(permits);
      // All of them were lost or paused while the permits were on their way.
      if (messages.length > 0) return messages;
    }
  }

  pause(origin: Origin): void {
    this.#paused.add(origin);
    this.#inner.pause(origin);
  }

  resume(origin: Origin): void {
    this.#paused.delete(origin);
    this.#inner.resume(origin);
    this.#wake();
  }

  settle(settlement: Settlement, signal: AbortSignal): Promise<SettleAnswer> {
    return this.#inner.settle(settlement, signal);
  }

  async lookUp(messages: readonly Message[]): Promise<ReadonlySet<Message>> {
    return (await this.#inner.lookUp?.(messages)) ?? new Set();
  }

  fenced(origin: Origin): void {
    this.#forget(origin);
    this.#inner.fenced?.(origin);
  }

  close(): Promise<void> {
    this.#held = [];
    return this.#inner.close();
  }

  async #fill(max: number, signal: AbortSignal): Promise<void> {
    const messages = await this.#inner.pull(Math.min(max, this.#limit.atOnceMax), signal);
    if (messages === null) this.#isAtEnd = true;
    else this.#held.push(...messages);
  }

  #readyCount(): number {
    if (this.#paused.size === 0) return this.#held.length;
    return this.#held.reduce((count, { origin }) => count + (this.#paused.has(origin) ? 0 : 1), 0);
  }

  #handOut(countMax: number): Message<T>[] {
    const messages: Message<T>[] = [];
    const held: Message<T>[] = [];
    for (const message of this.#held) {
      if (messages.length < countMax && !this.#paused.has(message.origin)) messages.push(message);
      else held.push(message);
    }
    this.#held = held;
    // The last of an origin goes with this answer: told now, while the pull is still in the air.
    for (const origin of this.#ending) {
      if (held.some((message) => message.origin === origin)) continue;
      this.#ending.delete(origin);
      this.#listener?.ended?.(origin);
    }
    return messages;
  }

  #forget(origin: Origin): void {
    this.#held = this.#held.filter((message) => message.origin !== origin);
    this.#ending.delete(origin);
    this.#paused.delete(origin);
    this.#wake();
  }

  /** Something of what is held may be handed out again. */
  async #resumed(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
  }
}
