import type { Message, Origin } from "../message.ts";
import type { SettleAnswer, Settlement, Source, SourceListener } from "../source.ts";

interface Tenure {
  readonly delivered: number[];
  readonly settled: Set<number>;
  isLost: boolean;
  isSettling: boolean;
}

/** Stands between a pipeline and its source, and notes every breach of what a pipeline promises to a source. */
export class WatchedSource<T> implements Source<T> {
  readonly name: string;
  readonly breaches: string[] = [];
  /** What the pipeline has room for right now; asked at every pull. */
  free: () => number = () => Infinity;
  /** Runs before a pull; may wait or throw. */
  beforePull: () => Promise<void> = async () => {};
  settledCount = 0;
  readonly #inner: Source<T>;
  readonly #tenures = new Map<Origin, Tenure>();
  #isPulling = false;

  constructor(inner: Source<T>) {
    this.#inner = inner;
    this.name = inner.name;
  }

  start(listener: SourceListener): Promise<void> {
    return this.#inner.start({
      lost: (origin) => {
        this.#tenureOf(origin).isLost = true;
        listener.lost(origin);
      },
    });
  }

  async pull(max: number, signal: AbortSignal): Promise<readonly Message<T>[] | null> {
    if (this.#isPulling) this.breaches.push("two pulls at once");
    if (max > this.free()) this.breaches.push(`pull(${max}) with room for ${this.free()}`);
    this.#isPulling = true;
    try {
      await this.beforePull();
      const messages = await this.#inner.pull(max, signal);
      for (const { origin, offset } of messages ?? []) this.#tenureOf(origin).delivered.push(offset);
      return messages;
    } finally {
      this.#isPulling = false;
    }
  }

  pause(origin: Origin): void {
    this.#inner.pause(origin);
  }

  resume(origin: Origin): void {
    this.#inner.resume(origin);
  }

  async settle(settlement: Settlement, signal: AbortSignal): Promise<SettleAnswer> {
    const tenure = this.#tenureOf(settlement.origin);
    const where = `${settlement.origin.id} epoch ${settlement.origin.epoch}`;
    if (tenure.isLost) this.breaches.push(`settled ${where} after it was lost`);
    if (tenure.isSettling) this.breaches.push(`two settles of ${where} at once`);
    const decided = new Set(tenure.settled);
    for (const { offset } of settlement.messages) {
      if (decided.has(offset)) this.breaches.push(`settled ${where} offset ${offset} twice`);
      decided.add(offset);
    }
    const open = tenure.delivered.find((offset) => !decided.has(offset));
    const prefix = open ?? (tenure.delivered.at(-1) ?? -1) + 1;
    if (settlement.watermark !== prefix) {
      this.breaches.push(`watermark ${settlement.watermark} of ${where} beside a settled prefix up to ${prefix}`);
    }
    tenure.isSettling = true;
    try {
      const answer = await this.#inner.settle(settlement, signal);
      if (answer === "settled") {
        for (const { offset } of settlement.messages) tenure.settled.add(offset);
        this.settledCount += settlement.messages.length;
      }
      return answer;
    } finally {
      tenure.isSettling = false;
    }
  }

  async lookUp(messages: readonly Message[]): Promise<ReadonlySet<Message>> {
    return (await this.#inner.lookUp?.(messages)) ?? new Set();
  }

  fenced(origin: Origin): void {
    this.#inner.fenced?.(origin);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  #tenureOf(origin: Origin): Tenure {
    let tenure = this.#tenures.get(origin);
    if (tenure === undefined) {
      tenure = { delivered: [], settled: new Set(), isLost: false, isSettling: false };
      this.#tenures.set(origin, tenure);
    }
    return tenure;
  }
}
