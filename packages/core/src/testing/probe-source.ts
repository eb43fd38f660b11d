import { createMessage, type Message, type MessageKey, type Origin } from "../message.ts";
import type { SettleAnswer, Settlement, Source, SourceListener } from "../source.ts";

export interface ProbeOptions {
  readonly origins?: number;
  /** Messages in all; then the source has come to its end. Default: never. */
  readonly total?: number;
  /** Key of the n-th message. Default: none. */
  readonly keyOf?: (n: number) => MessageKey;
}

/** A source that notes everything it was asked, hands out at once whatever is demanded, and does what a test tells it to. */
export class ProbeSource implements Source<number> {
  readonly name = "probe";
  readonly origins: Origin[];
  /** The `max` of every pull. */
  readonly pulls: number[] = [];
  readonly settlements: Settlement[] = [];
  readonly paused = new Set<Origin>();
  listener: SourceListener = { lost: () => {} };
  pullsAtOnce = 0;
  pullsAtOnceMax = 0;
  handedOut = 0;
  closes = 0;
  /** Replaces the answer to a pull; `undefined` keeps it. */
  onPull: (max: number, signal: AbortSignal) => ReturnType<Source<number>["pull"]> | undefined = () => undefined;
  /** Runs before a settle is answered; may wait, throw, or answer. */
  onSettle: (settlement: Settlement, signal: AbortSignal) => Promise<SettleAnswer | undefined> = async () => undefined;
  onClose: () => Promise<void> = async () => {};
  readonly #options: ProbeOptions;
  readonly #offsets = new Map<Origin, number>();
  #wake: () => void = () => {};

  constructor(options: ProbeOptions = {}) {
    this.#options = options;
    this.origins = Array.from({ length: options.origins ?? 1 }, (_, i) => ({ id: `probe/${i}`, epoch: 1 }));
  }

  start(listener: SourceListener): Promise<void> {
    this.listener = listener;
    return Promise.resolve();
  }

  async pull(max: number, signal: AbortSignal): Promise<readonly Message<number>[] | null> {
    this.pulls.push(max);
    this.pullsAtOnce += 1;
    this.pullsAtOnceMax = Math.max(this.pullsAtOnceMax, this.pullsAtOnce);
    try {
      return await (this.onPull(max, signal) ?? this.#take(max, signal));
    } finally {
      this.pullsAtOnce -= 1;
    }
  }

  pause(origin: Origin): void {
    this.paused.add(origin);
  }

  resume(origin: Origin): void {
    this.paused.delete(origin);
    this.#wake();
  }

  async settle(settlement: Settlement, signal: AbortSignal): Promise<SettleAnswer> {
    const answer = (await this.onSettle(settlement, signal)) ?? "settled";
    if (answer === "settled") this.settlements.push(settlement);
    return answer;
  }

  close(): Promise<void> {
    this.closes += 1;
    return this.onClose();
  }

  /** The tenure ends. */
  lose(index: number): void {
    const [origin] = this.origins.splice(index, 1);
    if (origin !== undefined) this.listener.lost(origin);
  }

  /** The next messages, of one origin. */
  make(max: number, origin: Origin | undefined = this.#nextOrigin()): Message<number>[] {
    if (origin === undefined) return [];
    const count = Math.min(max, (this.#options.total ?? Infinity) - this.handedOut);
    return Array.from({ length: count }, () => {
      const data = this.handedOut;
      const offset = this.#offsets.get(origin) ?? 0;
      this.handedOut += 1;
      this.#offsets.set(origin, offset + 1);
      return createMessage({ origin, offset, key: this.#options.keyOf?.(data) ?? null, data, raw: null });
    });
  }

  async #take(max: number, signal: AbortSignal): Promise<readonly Message<number>[] | null> {
    for (;;) {
      if (signal.aborted) return [];
      if (this.handedOut >= (this.#options.total ?? Infinity)) return null;
      const messages = this.make(max);
      if (messages.length > 0) return messages;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
  }

  /** Round robin over the origins that are not paused. */
  #nextOrigin(): Origin | undefined {
    for (let i = 0; i < this.origins.length; i += 1) {
      const origin = this.origins.shift() as Origin;
      this.origins.push(origin);
      if (!this.paused.has(origin)) return origin;
    }
    return undefined;
  }
}
