import { asWeirError } from "@weir/core";
import type { WeirError } from "@weir/core";
import { idempotencyErrors } from "./idempotency-errors.ts";
import { publishIdempotency } from "./idempotency-events.ts";
import { RelayLease } from "./relay-lease.ts";
import { relaySettings } from "./relay-options.ts";
import type { OutboxRelayOptions, RelaySettings } from "./relay-options.ts";
import { RelayRounds } from "./relay-rounds.ts";

export interface OutboxRelay {
  readonly name: string;
  /** Begins to relay, or to wait until it may. Throws `wrong-state` if it was called before. */
  start(): void;
  /** Waits for what is being sent, marks it, and gives the lease back. May be called twice, and before `start`. */
  stop(): Promise<void>;
  /**
   * Resolves after `stop`. Rejects with what no further try can mend, such as a topic that does not exist; by then nothing
   * is sent any more. What is away for a while is no such thing: the relay tries again.
   */
  readonly finished: Promise<void>;
}

/**
 * Brings what was committed to an outbox into Kafka, in the order of each aggregate, at least once, each message always
 * with the same id and number. Of any number of relays one works; another takes over when its lease has run out. One that
 * was stopped and comes back may send what it had in hand once more, and marks nothing.
 * Throws `invalid-options` with all faults at once.
 */
export function createOutboxRelay(options: OutboxRelayOptions): OutboxRelay {
  const settings = relaySettings(options);
  const { promise: finished, resolve, reject } = Promise.withResolvers<void>();
  const stopping = new AbortController();
  let isStarted = false;
  // Who only calls `stop` must not be ended by a rejection that nobody awaits.
  finished.catch(() => undefined);

  return {
    name: settings.name,
    start() {
      if (isStarted || stopping.signal.aborted) throw idempotencyErrors.relayStarted(settings.name);
      isStarted = true;
      new RelayLoop(settings, stopping.signal).run().then(resolve, reject);
    },
    async stop() {
      stopping.abort();
      if (!isStarted) resolve();
      await finished.catch(() => undefined);
    },
    finished,
  };
}

const [backoffMs, backoffMaxMs] = [50, 2_000];
/** How often a relay that waits asks for the lease, at least. */
const standbyMs = 1_000;

class RelayLoop {
  readonly #settings: RelaySettings;
  readonly #stopping: AbortSignal;
  readonly #lease: RelayLease;
  readonly #rounds: RelayRounds;
  #failures = 0;

  constructor(settings: RelaySettings, stopping: AbortSignal) {
    this.#settings = settings;
    this.#stopping = stopping;
    this.#lease = new RelayLease(settings);
    this.#rounds = new RelayRounds(settings, this.#lease);
  }

  async run(): Promise<void> {
    while (!this.#stopping.aborted) {
      const pauseMs = await this.#round();
      if (pauseMs > 0) await this.#wait(pauseMs);
    }
    await this.#end();
  }

  /** One try of everything. Answers with the pause before the next. */
  async #round(): Promise<number> {
    const { leaseMs, pollMs } = this.#settings;
    try {
      if (!(await this.#lease.ensure())) return Math.min(standbyMs, leaseMs / 3);
      const sent = await this.#rounds.next();
      this.#failures = 0;
      return sent ? 0 : pollMs;
    } catch (thrown) {
      await this.#rounds.abandon();
      return this.#backOff(asWeirError(thrown));
    }
  }

  #backOff(error: WeirError): number {
    if (error.kind !== "dependency") throw error;
    this.#failures += 1;
    publishIdempotency("relayDelayed", { relay: this.#settings.name, reason: error.code, tries: this.#failures });
    return Math.ceil(this.#settings.clock.random() * Math.min(backoffMaxMs, backoffMs * 2 ** this.#failures));
  }

  /** A failure here leaves marks or the lease behind: what was sent is sent again, and the lease runs out. */
  async #end(): Promise<void> {
    try {
      await this.#rounds.finish();
      await this.#lease.giveBack();
    } catch (thrown) {
      const error = asWeirError(thrown);
      if (error.kind !== "dependency") throw error;
    }
  }

  #wait(delayMs: number): Promise<void> {
    if (this.#stopping.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        this.#stopping.removeEventListener("abort", end);
        resolve();
      };
      const cancel = this.#settings.clock.after(delayMs, end);
      this.#stopping.addEventListener("abort", end);
    });
  }
}
