import type { CancelTimer, WeirError } from "@weir/core";
import { ConsumerSession, type SessionListener } from "./consumer-session.ts";
import { openKafka, type OpenKafka } from "./kafka-client.ts";
import { kafkaError, kafkaErrors } from "./kafka-errors.ts";
import { publishKafka } from "./kafka-events.ts";
import type { KafkaSourceSettings } from "./kafka-source-options.ts";
import { Reachability } from "./reachability.ts";

export interface SessionKeeperOptions {
  readonly settings: KafkaSourceSettings;
  readonly listener: Omit<SessionListener, "answered" | "silent" | "ended">;
  /** The consumer is gone: all that it owned is lost. */
  onLost(): void;
  /** An error that a new consumer would not mend. */
  onFailure(error: WeirError): void;
}

const backoffMs = { base: 100, cap: 2_000 } as const;
const closeDeadlineMs = 5_000;

/** Sees to it that there is one consumer, and never two: opens it, and puts a new one in the place of one that ended. */
export class SessionKeeper {
  readonly #options: SessionKeeperOptions;
  readonly #reach: Reachability;
  readonly #stop = new AbortController();
  #session: ConsumerSession | null = null;
  #isOpening = false;
  #cutAttempt: () => void = () => {};

  constructor(options: SessionKeeperOptions) {
    this.#options = options;
    this.#reach = new Reachability(options.settings.name, options.settings.clock);
  }

  /** `null` while there is none that could do anything. */
  get session(): ConsumerSession | null {
    return this.#session?.isOver === false ? this.#session : null;
  }

  /** Tries until it has joined the group; gives up at the deadline, and at once on what no try can mend. */
  async start(): Promise<void> {
    const { clock, connectDeadlineMs, client } = this.#options.settings;
    let isLate = false;
    const cancel = clock.after(connectDeadlineMs, () => {
      isLate = true;
      this.#cutAttempt();
    });
    try {
      await this.#open((last) => {
        if (isLate) throw kafkaErrors.unreachable(client.brokers, connectDeadlineMs, last);
      });
    } finally {
      cancel();
    }
  }

  abandon(): void {
    this.#stop.abort();
    this.#cutAttempt();
    this.#session?.abandon();
  }

  async close(): Promise<void> {
    this.#stop.abort();
    if (this.session === null || this.#isOpening) return this.abandon();
    await this.session.close(closeDeadlineMs);
  }

  async #open(giveUp: (last: WeirError) => void): Promise<void> {
    const { signal } = this.#stop;
    this.#isOpening = true;
    for (let tries = 0; !signal.aborted; tries += 1) {
      try {
        await this.#tryToOpen();
        break;
      } catch (thrown) {
        const error = kafkaError(thrown);
        this.#dismiss();
        if (error.kind !== "dependency") throw error;
        this.#reach.failed(error.code);
        giveUp(error);
        await this.#pause(tries, giveUp, error);
      }
    }
    this.#isOpening = false;
  }

  /** A short-lived connection finds out what the consumer itself would only retry: wrong login, missing topic. */
  async #tryToOpen(): Promise<void> {
    const { settings, listener } = this.#options;
    const probe = openKafka(settings.client, { retries: 0 });
    this.#cutAttempt = () => probe.cut();
    try {
      await probeTopics(probe, settings.topics);
    } finally {
      probe.cut();
    }
    if (this.#stop.signal.aborted) return;
    const session = new ConsumerSession(settings, {
      joined: (memberId, assigned) => listener.joined(memberId, assigned),
      batch: (payload) => listener.batch(payload),
      rebalancing: () => listener.rebalancing(),
      committed: (topics) => listener.committed(topics),
      heartbeat: () => listener.heartbeat(),
      reset: (place) => listener.reset(place),
      answered: () => this.#reach.answered(),
      silent: () => this.#reach.failed("kafka-silent"),
      ended: (over, error) => this.#replace(over, error),
    });
    this.#session = session;
    this.#cutAttempt = () => session.abandon();
    await session.start();
    this.#cutAttempt = () => {};
  }

  #replace(over: ConsumerSession, error: WeirError): void {
    if (over !== this.#session || this.#isOpening || this.#stop.signal.aborted) return;
    this.#dismiss();
    if (error.kind !== "dependency") return this.#options.onFailure(error);
    this.#reach.failed(error.code);
    publishKafka("restarted", { source: this.#options.settings.name, reason: error.code });
    this.#open(() => {}).catch((thrown: unknown) => this.#options.onFailure(kafkaError(thrown)));
  }

  #dismiss(): void {
    if (this.#session === null) return;
    this.#session.abandon();
    this.#session = null;
    this.#options.onLost();
  }

  #pause(tries: number, giveUp: (last: WeirError) => void, last: WeirError): Promise<void> {
    const { clock } = this.#options.settings;
    const { signal } = this.#stop;
    const delayMs = Math.ceil(clock.random() * Math.min(backoffMs.cap, backoffMs.base * 2 ** Math.min(tries, 10)));
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const finish = (): void => {
      cancel();
      signal.removeEventListener("abort", finish);
      try {
        giveUp(last);
        resolve();
      } catch (error) {
        reject(error);
      }
    };
    const cancel: CancelTimer = clock.after(delayMs, finish);
    this.#cutAttempt = finish;
    signal.addEventListener("abort", finish, { once: true });
    return promise;
  }
}

async function probeTopics({ kafka }: OpenKafka, topics: readonly string[]): Promise<void> {
  const admin = kafka.admin();
  await admin.connect();
  for (const topic of topics) {
    try {
      await admin.fetchTopicMetadata({ topics: [topic] });
    } catch (thrown) {
      const error = kafkaError(thrown);
      throw error.code === "missing-topic" ? kafkaErrors.missingTopic(topic) : error;
    }
  }
  await admin.disconnect();
}
