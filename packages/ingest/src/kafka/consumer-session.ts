/**
 *   connecting ──▶ subscribing ──▶ joining ⇄ joined ──▶ over
 *        └───────────────┴─────────────┴───────┴─── error · silence · abandoned · closed ──▲
 *
 * One kafkajs consumer, from its making to its end. Once it is over nothing that it still does reaches anybody: after each
 * await of the start it is asked whether it was abandoned meanwhile, or it would join the group beside its successor.
 */
import type { WeirError } from "@weir/core";
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, LogEntry } from "kafkajs";
import type { TopicPositions } from "./committer.ts";
import { openKafka, retryPace, type OpenKafka } from "./kafka-client.ts";
import { kafkaError, kafkaErrors } from "./kafka-errors.ts";
import type { Place } from "./kafka-record.ts";
import type { KafkaSourceSettings } from "./kafka-source-options.ts";
import { Watchdog } from "./watchdog.ts";

/** All are called synchronously, and none after the session is over. What they throw ends the session. */
export interface SessionListener {
  joined(memberId: string, assigned: readonly Place[]): void;
  batch(payload: EachBatchPayload): void;
  /** The group is about to be divided anew: in time for one commit. */
  rebalancing(): void;
  committed(topics: readonly unknown[]): void;
  /** The broker took a heartbeat: at that moment we were a member, with all that we hold. */
  heartbeat(): void;
  /** The client found our position outside of the log and put it back to the beginning. */
  reset(place: Place): void;
  answered(): void;
  silent(): void;
  /** Not by {@link ConsumerSession.abandon} or {@link ConsumerSession.close}. */
  ended(session: ConsumerSession, error: WeirError): void;
}

const fetchBytesMax = 262_144;
const fetchWaitMs = 100;
const alarmMs = 2_000;

export class ConsumerSession {
  readonly #settings: KafkaSourceSettings;
  readonly #listener: SessionListener;
  readonly #open: OpenKafka;
  readonly #consumer: Consumer;
  readonly #watchdog: Watchdog;
  readonly #over = Promise.withResolvers<WeirError>();
  #isOver = false;
  /** Its commit tries once, where the consumer's own sends the same list again under the next generation. */
  #lastBatch: EachBatchPayload | null = null;

  constructor(settings: KafkaSourceSettings, listener: SessionListener) {
    this.#settings = settings;
    this.#listener = listener;
    this.#open = openKafka(settings.client, { retries: 5, onLog: (entry) => this.#hear(entry) });
    this.#consumer = this.#open.kafka.consumer({
      groupId: settings.groupId,
      sessionTimeout: settings.sessionTimeoutMs,
      heartbeatInterval: settings.heartbeatIntervalMs,
      rebalanceTimeout: settings.rebalanceTimeoutMs,
      maxWaitTimeInMs: fetchWaitMs,
      maxBytesPerPartition: fetchBytesMax,
      allowAutoTopicCreation: false,
      // Longer than the session lasts: after that the watchdog starts a new consumer anyway. And no restart of its own.
      retry: {
        ...retryPace,
        retries: 5 + Math.ceil(settings.sessionTimeoutMs / retryPace.maxRetryTime),
        restartOnFailure: () => Promise.resolve(false),
      },
    });
    const { clock, sessionTimeoutMs, rebalanceTimeoutMs } = settings;
    this.#watchdog = new Watchdog({
      clock,
      patienceMs: sessionTimeoutMs,
      joiningPatienceMs: sessionTimeoutMs + rebalanceTimeoutMs,
      alarmMs: Math.min(alarmMs, Math.ceil(sessionTimeoutMs / 2)),
      onAlarm: () => this.#guard(() => listener.silent()),
      onSilent: (silentMs) => this.#end(kafkaErrors.silent(silentMs)),
    });
    this.#listen();
  }

  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when it has joined the group; rejects if it ends before. */
  async start(): Promise<void> {
    const ended = this.#over.promise.then((error) => Promise.reject(error));
    await Promise.race([this.#begin(), ended]);
    if (this.#isOver) throw await this.#over.promise;
  }

  pause({ topic, partition }: Place, isPaused: boolean): void {
    const partitions = [{ topic, partitions: [partition] }];
    try {
      if (isPaused) this.#consumer.pause(partitions);
      else this.#consumer.resume(partitions);
    } catch {
      // There is no group while it ends; the next join tells each partition anew.
    }
  }

  /** Fetches on from there. */
  seek({ topic, partition }: Place, offset: number): void {
    try {
      this.#consumer.seek({ topic, partition, offset: String(offset) });
    } catch {
      // As above: after a join it starts where the group has committed, or is put to its stored position anew.
    }
  }

  /** One try. `null` before the first batch. */
  commit(topics: TopicPositions[]): Promise<void> | null {
    return this.#isOver || this.#lastBatch === null ? null : this.#lastBatch.commitOffsetsIfNecessary({ topics });
  }

  /** Cuts it off: it can neither join nor commit any more. Nobody waits for its end. */
  abandon(): void {
    this.#finish(kafkaErrors.closed("this consumer"));
    this.#open.cut();
    this.#consumer.disconnect().catch(() => undefined);
  }

  /** Leaves the group, so that the others need not wait for the session timeout. At most `deadlineMs`. */
  async close(deadlineMs: number): Promise<void> {
    this.#finish(kafkaErrors.closed("this consumer"));
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#settings.clock.after(deadlineMs, resolve);
    await Promise.race([this.#consumer.disconnect().catch(() => undefined), late]);
    cancel();
    this.#open.cut();
  }

  async #begin(): Promise<void> {
    try {
      await this.#consumer.connect();
      if (this.#isOver) return this.abandon();
      await this.#consumer.subscribe({ topics: [...this.#settings.topics], fromBeginning: true });
      if (this.#isOver) return this.abandon();
      await this.#consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#take(payload),
      });
      if (this.#isOver) return this.abandon();
    } catch (thrown) {
      this.#end(kafkaError(thrown));
    }
  }

  #listen(): void {
    const { events } = this.#consumer;
    const on = this.#consumer.on.bind(this.#consumer);
    const seen = (): void => {
      this.#watchdog.seen();
      this.#guard(() => this.#listener.answered());
    };
    on(events.FETCH, seen);
    on(events.HEARTBEAT, () => {
      seen();
      this.#guard(() => this.#listener.heartbeat());
    });
    on(events.REBALANCING, () => {
      this.#watchdog.joining();
      this.#guard(() => this.#listener.rebalancing());
    });
    on(events.GROUP_JOIN, (event) => this.#join(event));
    on(events.COMMIT_OFFSETS, ({ payload }) => this.#guard(() => this.#listener.committed(payload.topics)));
    on(events.CRASH, ({ payload }) => this.#end(kafkaError(payload.error)));
  }

  #join({ payload }: ConsumerGroupJoinEvent): void {
    this.#watchdog.joined();
    const assigned = Object.entries(payload.memberAssignment).flatMap(([topic, partitions]) =>
      partitions.map((partition) => ({ topic, partition })),
    );
    this.#guard(() => this.#listener.joined(payload.memberId, assigned));
    if (!this.#isOver) this.#listener.answered();
  }

  /** One tick, and never throws: kafkajs would run the batch again, or be dead for good. */
  #take(payload: EachBatchPayload): Promise<void> {
    this.#lastBatch = payload;
    this.#guard(() => this.#listener.batch(payload));
    return Promise.resolve();
  }

  /** The one thing that the client tells in its log only: an error of its consumer group that names a partition. */
  #hear({ namespace, log }: LogEntry): void {
    const { topic, partition } = log as { topic?: unknown; partition?: unknown };
    if (namespace !== "ConsumerGroup" || typeof topic !== "string" || typeof partition !== "number") return;
    this.#guard(() => this.#listener.reset({ topic, partition }));
  }

  #guard(tell: () => void): void {
    if (this.#isOver) return;
    try {
      tell();
    } catch (thrown) {
      this.#end(kafkaError(thrown));
    }
  }

  #end(error: WeirError): void {
    if (!this.#finish(error)) return;
    this.#listener.ended(this, error);
  }

  #finish(error: WeirError): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#watchdog.stop();
    this.#over.resolve(error);
    return true;
  }
}
