import { asWeirError, WeirError } from "../errors.ts";
import { createMessage, type Message, type MessageKey, type Origin } from "../message.ts";
import type { Claim, Ownership } from "../ownership.ts";
import type { SettleAnswer, Settlement, Source, SourceListener } from "../source.ts";
import type { GroupMember, MemoryGroup } from "./memory-group.ts";

export interface LogRecord {
  readonly key: MessageKey;
  readonly value: string;
}

/** What the log answers to a settle before it looks at it: nothing, or the error to reject with. */
export type SettleFault = (settlement: Settlement) => Error | undefined;

/** What a member sees of its log. */
export interface LogView {
  readonly topic: string;
  readonly partitions: readonly (readonly LogRecord[])[];
  readonly settleFault: SettleFault;
}

/** One hold on one partition: its origin object is the tenure's identity. */
class MemoryTenure {
  readonly origin: { readonly id: string; readonly epoch: number; fence?: number; decided?: number };
  readonly partition: number;
  next: number;
  isPaused = false;
  /** Claimed, or in need of no claim. */
  isOwned = true;

  constructor(id: string, epoch: number, place: { readonly partition: number; readonly next: number }) {
    this.origin = { id, epoch };
    this.partition = place.partition;
    this.next = place.next;
  }

  own({ fence, decided, position }: Claim): void {
    this.origin.fence = fence;
    this.origin.decided = decided;
    this.next = position ?? this.next;
    this.isOwned = true;
  }
}

/** As in `JoinOptions` of the log. */
interface MemberOptions {
  readonly untilEnd?: boolean;
  readonly ownership?: Ownership;
}

const notMember = new WeirError("not-a-member", "the group has gone on without this member", { kind: "dependency" });

const utf8 = new TextEncoder();

/** One consumer of a `MemoryLog`, as a pull source. */
export class MemoryMember implements Source<LogRecord>, GroupMember {
  readonly name = "memory log";
  readonly #log: LogView;
  readonly #group: MemoryGroup;
  readonly #untilEnd: boolean;
  readonly #ownership: Ownership | undefined;
  readonly #tenures = new Map<number, MemoryTenure>();
  #listener: SourceListener = { lost: () => {} };
  #epoch = 0;
  #turn = 0;
  #wake: (() => void) | null = null;
  #failure: WeirError | null = null;
  #isClosed = false;

  constructor(log: LogView, group: MemoryGroup, options: MemberOptions) {
    this.#log = log;
    this.#group = group;
    this.#untilEnd = options.untilEnd ?? false;
    this.#ownership = options.ownership;
  }

  start(listener: SourceListener): Promise<void> {
    this.#listener = listener;
    this.#group.enter(this);
    return Promise.resolve();
  }

  async pull(max: number, signal: AbortSignal): Promise<readonly Message<LogRecord>[] | null> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      if (this.#isClosed) return null;
      if (signal.aborted) return [];
      const messages = this.#take(max);
      if (messages.length > 0) return messages;
      if (this.#untilEnd && this.#isAtEnd()) return null;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener("abort", this.wake, { once: true });
      });
      signal.removeEventListener("abort", this.wake);
    }
  }

  pause(origin: Origin): void {
    const tenure = this.#tenureOf(origin);
    if (tenure !== undefined) tenure.isPaused = true;
  }

  resume(origin: Origin): void {
    const tenure = this.#tenureOf(origin);
    if (tenure === undefined) return;
    tenure.isPaused = false;
    this.wake();
  }

  async settle(settlement: Settlement): Promise<SettleAnswer> {
    await Promise.resolve();
    const fault = this.#log.settleFault(settlement);
    if (fault !== undefined) throw fault;
    const tenure = this.#tenureOf(settlement.origin);
    if (tenure === undefined) return "lost";
    if (!this.#group.has(this)) throw notMember;
    this.#group.commit(tenure.partition, settlement.watermark);
    return "settled";
  }

  lookUp(messages: readonly Message[]): Promise<ReadonlySet<Message>> {
    return this.#ownership?.lookUp(messages) ?? Promise.resolve(new Set());
  }

  /** Begins anew under a new claim, unless it only believes to be a member. */
  fenced(origin: Origin): void {
    const tenure = this.#tenureOf(origin);
    if (tenure === undefined) return;
    this.#tenures.delete(tenure.partition);
    this.#listener.lost(origin);
    if (!this.#group.has(this)) return;
    this.#epoch += 1;
    this.#begin(tenure.partition);
  }

  close(): Promise<void> {
    this.#isClosed = true;
    this.#group.leave(this);
    this.wake();
    return Promise.resolve();
  }

  readonly wake = (): void => this.#wake?.();

  release(wanted: ReadonlySet<number>): void {
    for (const [partition, tenure] of this.#tenures) {
      if (wanted.has(partition)) continue;
      this.#tenures.delete(partition);
      this.#listener.lost(tenure.origin);
    }
  }

  assign(wanted: ReadonlySet<number>): void {
    this.release(wanted);
    this.#epoch += 1;
    for (const partition of wanted) {
      if (this.#tenures.has(partition)) continue;
      this.#begin(partition);
    }
  }

  #begin(partition: number): void {
    const next = this.#group.committed[partition] as number;
    const id = `${this.#log.topic}/${partition}`;
    const tenure = new MemoryTenure(id, this.#epoch, { partition, next });
    this.#tenures.set(partition, tenure);
    if (this.#ownership === undefined) return;
    tenure.isOwned = false;
    void this.#claim(tenure, this.#ownership);
  }

  /** A dependency's error is tried again in the next turn, as long as the tenure lasts. */
  async #claim(tenure: MemoryTenure, ownership: Ownership): Promise<void> {
    while (this.#tenures.get(tenure.partition) === tenure) {
      try {
        tenure.own(await ownership.claim(tenure.origin.id));
        return this.wake();
      } catch (thrown) {
        const error = asWeirError(thrown);
        if (error.kind !== "dependency") {
          this.#failure = error;
          return this.wake();
        }
        await new Promise(setImmediate);
      }
    }
  }

  #tenureOf(origin: Origin): MemoryTenure | undefined {
    for (const tenure of this.#tenures.values()) if (tenure.origin === origin) return tenure;
    return undefined;
  }

  /** From one partition at a time, each in turn. */
  #take(max: number): Message<LogRecord>[] {
    const tenures = [...this.#tenures.values()];
    for (let i = 0; i < tenures.length; i += 1) {
      const tenure = tenures[(this.#turn + i) % tenures.length] as MemoryTenure;
      const records = this.#log.partitions[tenure.partition] as readonly LogRecord[];
      if (!tenure.isOwned || tenure.isPaused || tenure.next >= records.length) continue;
      this.#turn += i + 1;
      const from = tenure.next;
      tenure.next = Math.min(records.length, from + max);
      return records.slice(from, tenure.next).map((data, k) => {
        const { origin } = tenure;
        return createMessage({ origin, offset: from + k, key: data.key, data, raw: utf8.encode(data.value) });
      });
    }
    return [];
  }

  #isAtEnd(): boolean {
    const tenures = [...this.#tenures.values()];
    return tenures.every(
      ({ partition, next, isOwned }) =>
        isOwned && next >= (this.#log.partitions[partition] as readonly LogRecord[]).length,
    );
  }
}
