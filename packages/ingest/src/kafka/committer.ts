/**
 *            settle                     timer · rebalance                COMMIT_OFFSETS
 *   clean ───────────▶ dirty, armed ────────────────────▶ in flight ───────────────────────▶ clean, or dirty and armed
 *                          ▲                                  │ rejected, or resolved without COMMIT_OFFSETS
 *                          └──────── backoff, or a join ──────┘ (computed anew: an old list is never sent again)
 *
 * Losing a tenure takes it out of every state; giving up the consumer forgets what is in flight.
 */
import type { CancelTimer, Clock, SettleAnswer, WeirError } from "@weir/core";
import { kafkaError, kafkaErrors } from "./kafka-errors.ts";
import type { Tenure } from "./tenures.ts";

export interface TopicPositions {
  readonly topic: string;
  readonly partitions: { readonly partition: number; readonly offset: string }[];
}

export interface CommitterOptions {
  readonly clock: Clock;
  readonly intervalMs: number;
  /** Tries once. Called in the tick in which the list was computed; `null`: there is no consumer to send it with. */
  send(topics: TopicPositions[]): Promise<void> | null;
  onCommitted(offsets: readonly { readonly origin: string; readonly offset: number }[]): void;
  /** An error that no further try can mend. */
  onFailure(error: WeirError): void;
}

interface Waiter {
  readonly upTo: number;
  answer(answer: SettleAnswer): void;
  refuse(error: WeirError): void;
}

interface Commit {
  readonly topics: TopicPositions[];
  readonly positions: readonly { readonly tenure: Tenure; readonly offset: number }[];
  isConfirmed: boolean;
}

const backoffMs = { base: 100, cap: 1_000 } as const;

/** Brings watermarks to the broker: one commit at a time, for all partitions, and many settles share it. */
export class Committer {
  readonly #options: CommitterOptions;
  readonly #waiters = new Map<Tenure, Set<Waiter>>();
  readonly #dirty = new Set<Tenure>();
  #inFlight: Commit | null = null;
  #cancelTimer: CancelTimer | null = null;
  #failures = 0;
  #onIdle: (() => void) | null = null;
  #stoppedBy: WeirError | null = null;

  constructor(options: CommitterOptions) {
    this.#options = options;
  }

  /** Answers `settled` once the broker has confirmed this watermark or a later one. */
  settle(tenure: Tenure, watermark: number, signal: AbortSignal): Promise<SettleAnswer> {
    if (tenure.isLost) return Promise.resolve("lost");
    if (tenure.committed >= watermark) return Promise.resolve("settled");
    if (this.#stoppedBy !== null) return Promise.reject(this.#stoppedBy);
    if (watermark > tenure.watermark) tenure.watermark = watermark;
    this.#dirty.add(tenure);
    if (signal.aborted) return Promise.reject(kafkaErrors.settleAborted(tenure.origin.id));
    return new Promise((resolve, reject) => {
      const waiters = this.#waitersOf(tenure);
      const leave = (): void => {
        waiters.delete(waiter);
        signal.removeEventListener("abort", abort);
      };
      const waiter: Waiter = {
        upTo: watermark,
        answer: (answer) => (leave(), resolve(answer)),
        refuse: (error) => (leave(), reject(error)),
      };
      const abort = (): void => waiter.refuse(kafkaErrors.settleAborted(tenure.origin.id));
      signal.addEventListener("abort", abort, { once: true });
      waiters.add(waiter);
      this.#arm(this.#options.intervalMs);
    });
  }

  lose(tenure: Tenure): void {
    this.#dirty.delete(tenure);
    for (const waiter of this.#waiters.get(tenure) ?? []) waiter.answer("lost");
    this.#waiters.delete(tenure);
    this.#tellIdle();
  }

  /** Sends what there is, unless a commit is in flight. Nobody waits for it. */
  commitNow(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    if (this.#inFlight !== null) return;
    const positions = [...this.#dirty].map((tenure) => ({ tenure, offset: tenure.watermark }));
    if (positions.length === 0) return;
    const commit = { topics: toTopics(positions), positions, isConfirmed: false };
    const sent = this.#options.send(commit.topics);
    if (sent === null) return this.#retryLater();
    this.#inFlight = commit;
    sent.then(
      () => this.#ended(commit, null),
      (thrown: unknown) => this.#ended(commit, kafkaError(thrown)),
    );
  }

  /** The broker has confirmed this list: the only thing that makes a commit count. */
  confirm(topics: readonly unknown[]): void {
    const commit = this.#inFlight;
    if (commit === null || topics !== commit.topics) return;
    commit.isConfirmed = true;
    const offsets: { origin: string; offset: number }[] = [];
    for (const { tenure, offset } of commit.positions) {
      if (tenure.isLost) continue;
      tenure.committed = offset;
      if (tenure.watermark <= offset) this.#dirty.delete(tenure);
      offsets.push({ origin: tenure.origin.id, offset });
      for (const waiter of this.#waiters.get(tenure) ?? []) if (waiter.upTo <= offset) waiter.answer("settled");
    }
    this.#options.onCommitted(offsets);
  }

  /** A new generation: what was refused under the old one may go at once. */
  joined(): void {
    this.#failures = 0;
    if (this.#dirty.size > 0) this.#arm(0);
  }

  /** The consumer was given up: nobody will tell what became of the commit in flight. */
  forget(): void {
    this.#inFlight = null;
    if (this.#dirty.size > 0) this.#retryLater();
  }

  /** Resolves when nothing is left to commit. */
  idle(): Promise<void> {
    if (this.#dirty.size === 0) return Promise.resolve();
    this.commitNow();
    return new Promise((resolve) => (this.#onIdle = resolve));
  }

  /** Refuses what waits, and whatever is asked from now on: nobody would send it. */
  stop(error: WeirError): void {
    this.#stoppedBy = error;
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    this.#dirty.clear();
    this.#inFlight = null;
    for (const waiters of this.#waiters.values()) for (const waiter of waiters) waiter.refuse(error);
  }

  #ended(commit: Commit, error: WeirError | null): void {
    if (this.#inFlight !== commit) return;
    this.#inFlight = null;
    if (error !== null && error.kind === "programming" && error.code !== "missing-topic") {
      return this.#options.onFailure(error);
    }
    if (!commit.isConfirmed) return this.#retryLater();
    this.#failures = 0;
    if (this.#dirty.size > 0) this.#arm(this.#onIdle === null ? this.#options.intervalMs : 0);
    this.#tellIdle();
  }

  #retryLater(): void {
    this.#arm(Math.min(backoffMs.cap, backoffMs.base * 2 ** Math.min(this.#failures, 10)));
    this.#failures += 1;
  }

  #arm(delayMs: number): void {
    if (this.#cancelTimer !== null && delayMs > 0) return;
    this.#cancelTimer?.();
    this.#cancelTimer = this.#options.clock.after(delayMs, () => this.commitNow());
  }

  #tellIdle(): void {
    if (this.#dirty.size === 0) this.#onIdle?.();
  }

  #waitersOf(tenure: Tenure): Set<Waiter> {
    let waiters = this.#waiters.get(tenure);
    if (waiters === undefined) this.#waiters.set(tenure, (waiters = new Set()));
    return waiters;
  }
}

function toTopics(positions: readonly { readonly tenure: Tenure; readonly offset: number }[]): TopicPositions[] {
  const byTopic = new Map<string, { partition: number; offset: string }[]>();
  for (const { tenure, offset } of positions) {
    const partitions = byTopic.get(tenure.topic) ?? [];
    partitions.push({ partition: tenure.partition, offset: String(offset) });
    byTopic.set(tenure.topic, partitions);
  }
  return [...byTopic].map(([topic, partitions]) => ({ topic, partitions }));
}
