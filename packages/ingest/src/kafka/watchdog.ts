import type { CancelTimer, Clock } from "@weir/core";

export interface WatchdogOptions {
  readonly clock: Clock;
  /** Silence of this length ends the consumer. */
  readonly patienceMs: number;
  /** While the group is being divided, the broker holds back its answer. */
  readonly joiningPatienceMs: number;
  /** Silence of this length is said. */
  readonly alarmMs: number;
  onAlarm(): void;
  onSilent(silentMs: number): void;
}

/**
 * Notices a connection that is dead without a sign. The client answers a request timeout by using the same dead socket
 * again: without a watchdog it had not resumed after 35 seconds.
 */
export class Watchdog {
  readonly #options: WatchdogOptions;
  readonly #intervalMs: number;
  #seenMs: number;
  #lookedMs: number;
  #isJoining = true;
  #isAlarmed = false;
  #cancel: CancelTimer = () => {};

  constructor(options: WatchdogOptions) {
    this.#options = options;
    this.#intervalMs = Math.max(10, Math.floor(Math.min(options.alarmMs, options.patienceMs) / 4));
    this.#seenMs = options.clock.nowMs();
    this.#lookedMs = this.#seenMs;
    this.#arm();
  }

  /** Kafka has answered something. */
  seen(): void {
    this.#seenMs = this.#options.clock.nowMs();
    this.#isAlarmed = false;
  }

  joining(): void {
    this.#isJoining = true;
    this.seen();
  }

  joined(): void {
    this.#isJoining = false;
    this.seen();
  }

  stop(): void {
    this.#cancel();
  }

  #arm(): void {
    this.#cancel = this.#options.clock.after(this.#intervalMs, () => this.#look());
  }

  #look(): void {
    const { clock, patienceMs, joiningPatienceMs, alarmMs } = this.#options;
    const nowMs = clock.nowMs();
    const wasAsleep = nowMs - this.#lookedMs > 3 * this.#intervalMs;
    this.#lookedMs = nowMs;
    this.#arm();
    // This process itself stood still: answers may be waiting in the socket, they get their turn before the next look.
    if (wasAsleep) return;
    const silentMs = nowMs - this.#seenMs;
    if (silentMs > (this.#isJoining ? joiningPatienceMs : patienceMs)) {
      this.#cancel();
      return this.#options.onSilent(silentMs);
    }
    if (this.#isJoining || this.#isAlarmed || silentMs <= alarmMs) return;
    this.#isAlarmed = true;
    this.#options.onAlarm();
  }
}
