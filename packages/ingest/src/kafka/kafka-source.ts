/**
 *  broker ──▶ consumer session ──▶ hand-off ──▶ pull
 *    ▲               │ joined · lost
 *    │           tenures ──▶ listener.lost
 *    └── commit ◀── committer ◀── settle
 */
import type {
  Message,
  Origin,
  Ownership,
  SettleAnswer,
  Settlement,
  Source,
  SourceListener,
  WeirError,
} from "@weir/core";
import type { EachBatchPayload } from "kafkajs";
import { Claimer } from "./claimer.ts";
import { Committer } from "./committer.ts";
import { HandOff } from "./hand-off.ts";
import { isCutBack, takeIn } from "./intake.ts";
import { kafkaError, kafkaErrors } from "./kafka-errors.ts";
import { publishKafka } from "./kafka-events.ts";
import type { KafkaRecord, Place } from "./kafka-record.ts";
import { readSourceOptions, type KafkaSourceOptions, type KafkaSourceSettings } from "./kafka-source-options.ts";
import { SessionKeeper } from "./session-keeper.ts";
import { idsOf, Tenures, type Tenure } from "./tenures.ts";

/**
 * A member of a consumer group, as a source that is pulled. Delivery is at least once.
 * Throws `invalid-options`, with all faults at once. `start` rejects with `kafka-unreachable` at the connect deadline, and
 * at once with `wrong-credentials`, `missing-topic`, `not-authorized` and the like.
 */
export function createKafkaSource(options: KafkaSourceOptions): Source<KafkaRecord> {
  return new KafkaSource(readSourceOptions(options));
}

const lastCommitMs = 1_000;

class KafkaSource implements Source<KafkaRecord> {
  readonly name: string;
  readonly #settings: KafkaSourceSettings;
  readonly #tenures: Tenures;
  readonly #handOff: HandOff;
  readonly #committer: Committer;
  readonly #keeper: SessionKeeper;
  readonly #claimer: Claimer | null;
  #listener: SourceListener = { lost: () => {} };
  #failure: WeirError | null = null;
  #isClosed = false;

  constructor(settings: KafkaSourceSettings) {
    this.name = settings.name;
    this.#settings = settings;
    const { clock, bufferedMax, bufferedBytesMax, commitIntervalMs, ownership } = settings;
    this.#tenures = new Tenures(ownership === undefined);
    this.#claimer = ownership === undefined ? null : this.#createClaimer(ownership);
    this.#handOff = new HandOff({
      tenures: this.#tenures,
      bufferedMax,
      bufferedBytesMax,
      setPaused: (tenure, isPaused) => this.#keeper.session?.pause(tenure, isPaused),
    });
    this.#committer = new Committer({
      clock,
      intervalMs: commitIntervalMs,
      send: (topics) => this.#keeper.session?.commit(topics) ?? null,
      onCommitted: (offsets) => publishKafka("committed", { source: this.name, group: settings.groupId, offsets }),
      onFailure: (error) => this.#fail(error),
    });
    this.#keeper = new SessionKeeper({
      settings,
      listener: {
        joined: (memberId, assigned) => this.#join(memberId, assigned),
        batch: (payload) => this.#take(payload),
        rebalancing: () => this.#committer.commitNow(),
        committed: (topics) => this.#committer.confirm(topics),
        heartbeat: () => this.#claimer?.claimAll(this.#tenures.held),
        reset: (place) => this.#noteReset(place),
      },
      onLost: () => {
        this.#lose(this.#tenures.loseAll());
        this.#committer.forget();
      },
      onFailure: (error) => this.#fail(error),
    });
  }

  async start(listener: SourceListener): Promise<void> {
    this.#listener = listener;
    await this.#keeper.start();
  }

  async pull(max: number, signal: AbortSignal): Promise<readonly Message<KafkaRecord>[] | null> {
    const wake = (): void => this.#handOff.wake();
    signal.addEventListener("abort", wake);
    try {
      for (;;) {
        if (this.#failure !== null) throw this.#failure;
        if (this.#isClosed) return null;
        if (signal.aborted) return [];
        const messages = this.#handOff.take(max);
        if (messages.length > 0) return messages;
        await this.#handOff.wait();
      }
    } finally {
      signal.removeEventListener("abort", wake);
    }
  }

  pause(origin: Origin): void {
    const tenure = this.#tenures.of(origin);
    if (tenure !== undefined) this.#handOff.hold(tenure);
  }

  resume(origin: Origin): void {
    const tenure = this.#tenures.of(origin);
    if (tenure !== undefined) this.#handOff.letGo(tenure);
  }

  async settle({ origin, watermark }: Settlement, signal: AbortSignal): Promise<SettleAnswer> {
    const tenure = this.#tenures.of(origin);
    if (tenure === undefined) return "lost";
    if (this.#failure !== null) throw this.#failure;
    return this.#committer.settle(tenure, watermark, signal);
  }

  lookUp(messages: readonly Message[]): Promise<ReadonlySet<Message>> {
    return this.#settings.ownership?.lookUp(messages) ?? Promise.resolve(new Set());
  }

  /** If we still are a member, the next heartbeat says so: then we claim again, and start where we had committed. */
  fenced(origin: Origin): void {
    const tenure = this.#tenures.of(origin);
    if (tenure === undefined) return;
    this.#replace(tenure).resumesAt = tenure.committed === -1 ? null : tenure.committed;
  }

  /** Commits what is settled and not yet confirmed, if that goes quickly, and leaves the group. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#claimer?.stop();
    this.#handOff.wake();
    if (this.#keeper.session !== null) await this.#commitLast();
    this.#committer.stop(kafkaErrors.closed(this.name));
    await this.#keeper.close();
  }

  async #commitLast(): Promise<void> {
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const cancel = this.#settings.clock.after(lastCommitMs, resolve);
    await Promise.race([this.#committer.idle(), late]);
    cancel();
  }

  #join(memberId: string, assigned: readonly Place[]): void {
    const { epoch, gained, retained, lost } = this.#tenures.join(memberId, assigned);
    for (const tenure of this.#tenures.held) this.#handOff.regulateAnew(tenure);
    publishKafka("joined", {
      source: this.name,
      group: this.#settings.groupId,
      member: memberId,
      epoch,
      gained: idsOf(gained),
      retained: idsOf(retained),
      lost: idsOf(lost),
    });
    this.#lose(lost);
    for (const tenure of retained) if (tenure.hasStoredPosition) this.#seek(tenure);
    this.#claimer?.claimAll(this.#tenures.held);
    this.#committer.joined();
  }

  #take({ batch, ...payload }: EachBatchPayload): void {
    let tenure = this.#tenures.at(batch);
    // What comes before the claim is not resolved: the client fetches it again.
    if (tenure?.isOwned !== true) return;
    if (isCutBack(tenure, batch)) tenure = this.#renew(tenure, Number(batch.highWatermark));
    if (!tenure.isOwned) return;
    const { messages, resolved, gap } = takeIn(tenure, batch);
    payload.resolveOffset(resolved);
    if (gap !== null) publishKafka("gap", { source: this.name, origin: tenure.origin.id, ...gap });
    if (messages.length > 0) this.#handOff.put(tenure, messages);
  }

  #renew(tenure: Tenure, logEnd: number): Tenure {
    const { next: expected, origin } = tenure;
    publishKafka("truncated", { source: this.name, origin: origin.id, expected, logEnd });
    const renewed = this.#replace(tenure);
    renewed.isOfNewLog = true;
    this.#claimer?.claimAll([renewed]);
    return renewed;
  }

  #replace(tenure: Tenure): Tenure {
    const renewed = this.#tenures.renew(tenure);
    this.#lose([tenure]);
    this.#handOff.regulateAnew(renewed);
    return renewed;
  }

  #createClaimer(ownership: Ownership): Claimer {
    const { name, clock } = this.#settings;
    return new Claimer({
      ownership,
      clock,
      onOwned: (tenure, claim, tries) => {
        this.#seek(tenure);
        this.#handOff.regulate(tenure);
        const { id: origin, epoch } = tenure.origin;
        publishKafka("claimed", { source: name, origin, epoch, ...claim, tries });
      },
      onDelay: ({ origin: { id } }, { code }) =>
        publishKafka("claimDelayed", { source: name, origin: id, reason: code }),
      onFailure: (error) => this.#fail(error),
    });
  }

  /** Only to a stored position, at every join, or back to what we had committed ourselves. */
  #seek(tenure: Tenure): void {
    const offset = tenure.next === -1 ? tenure.resumesAt : tenure.next;
    if (offset !== null) this.#keeper.session?.seek(tenure, offset);
  }

  #noteReset(place: Place): void {
    const tenure = this.#tenures.at(place);
    if (tenure !== undefined) tenure.wasReset = true;
  }

  #lose(lost: readonly Tenure[]): void {
    for (const tenure of lost) {
      this.#committer.lose(tenure);
      try {
        this.#listener.lost(tenure.origin);
      } catch (thrown) {
        this.#fail(kafkaError(thrown));
      }
    }
  }

  #fail(error: WeirError): void {
    if (this.#failure !== null) return;
    this.#failure = error;
    this.#keeper.abandon();
    this.#claimer?.stop();
    this.#committer.stop(error);
    this.#handOff.wake();
  }
}
