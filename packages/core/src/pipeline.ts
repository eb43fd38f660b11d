/**
 *             demand ←──────────────────────────────────────────
 *  source ──▶ pump ──▶ processors ──▶ batcher ──▶ writer ──▶ sink
 *    ▲                     │ dead         │ done     │ dead
 *    └── settle ◀── settler ◀─────────────┴──────────┘
 *                      └──▶ dead letters
 */
import { setMaxListeners } from "node:events";
import { Account, type DrainReport } from "./account.ts";
import { Batcher } from "./batcher.ts";
import type { CancelTimer, Clock } from "./clock.ts";
import { closeParts } from "./close-parts.ts";
import { float, type Context } from "./context.ts";
import { asWeirError, coreErrors, type WeirError } from "./errors.ts";
import { publish } from "./events.ts";
import type { Envelope, Message, Origin } from "./message.ts";
import { done } from "./outcome.ts";
import { pipelineNumbers } from "./option-rows.ts";
import { checkNumbers, refuseFaults } from "./options.ts";
import { trackOf, type OriginTrack } from "./origin-track.ts";
import { readPipelineOptions, type PipelineOptions, type Settings } from "./pipeline-options.ts";
import { Processors } from "./processors.ts";
import { Pump } from "./pump.ts";
import { Settler } from "./settler.ts";
import type { Sink } from "./sink.ts";
import { describeTopology, type Topology } from "./topology.ts";
import { Writer } from "./writer.ts";

export type PipelineState = "created" | "running" | "draining" | "stopped";

export interface PipelineReport extends DrainReport {
  /** Why the pipeline stopped by itself; absent after a drain that was asked for, or at the source's end. */
  readonly error?: WeirError;
}

export interface Pipeline {
  /** Starts the source and begins to pull. Rejects with the source's `WeirError` if it cannot be started. */
  start(): Promise<void>;
  /**
   * Stops pulling, flushes partial batches, waits for handlers up to the deadline, settles, closes the sink and then
   * the source. Called again it can only shorten the deadline: `drain({ deadlineMs: 0 })` forces.
   * Rejects with `invalid-options` only.
   */
  drain(options?: { readonly deadlineMs?: number }): Promise<PipelineReport>;
  /** Resolves when the pipeline has ended, for whatever reason; never rejects. */
  readonly finished: Promise<PipelineReport>;
  /** What it is made of, with live counts. */
  describe(): Topology;
}

/** Throws `invalid-options`, with all faults at once. */
export function createPipeline<In, Out>(options: PipelineOptions<In, Out>): Pipeline {
  return new PipelineRun(options as unknown as PipelineOptions<never, never>);
}

class PipelineRun implements Pipeline {
  readonly finished: Promise<PipelineReport>;
  readonly #options: PipelineOptions<never, never>;
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #context: Context;
  readonly #account = new Account();
  readonly #giveUp = new AbortController();
  readonly #processors: Processors;
  readonly #batcher: Batcher | null;
  readonly #settler: Settler;
  readonly #pump: Pump;
  readonly #resolveFinished: (report: PipelineReport) => void;
  #state: PipelineState = "created";
  #error: WeirError | undefined;
  #pumping: Promise<void> = Promise.resolve();
  readonly #givenUp: Promise<void>;
  #emptied: (() => void) | null = null;
  #deadlineAtMs = Infinity;
  #cancelDeadline: CancelTimer = () => {};

  constructor(options: PipelineOptions<never, never>) {
    this.#options = options;
    this.#settings = readPipelineOptions(options);
    this.#clock = this.#settings.clock;
    const { promise, resolve } = Promise.withResolvers<PipelineReport>();
    this.finished = promise;
    this.#resolveFinished = resolve;
    // Everything that waits listens to it, in any number: no leak that Node would have to warn about.
    setMaxListeners(0, this.#giveUp.signal);
    this.#givenUp = new Promise((giveUp) => this.#giveUp.signal.addEventListener("abort", () => giveUp()));
    this.#context = {
      pipeline: options.name,
      clock: this.#clock,
      account: this.#account,
      giveUp: this.#giveUp.signal,
      fail: (error) => this.#fail(asWeirError(error)),
      moved: () => this.#moved(),
    };
    this.#settler = new Settler(this.#context, {
      source: options.source,
      deadLetters: options.deadLetters,
      onSettled: (track) => this.#pump.settled(track),
      onLost: (track) => this.#lose(track.origin),
      onFenced: (track) => this.#fence(track),
    });
    this.#batcher = options.sink === undefined ? null : this.#createBatcher(options.sink);
    this.#processors = this.#createProcessors();
    if (this.#batcher !== null) this.#batcher.onRoom = () => this.#processors.handOver();
    const { demandMin, insideMax, windowMax, stallAlarmMs } = this.#settings;
    const finish = this.#settler.finish.bind(this.#settler);
    const pump = { source: options.source, processors: this.#processors, finish, demandMin, pullMax: insideMax };
    this.#pump = new Pump(this.#context, { ...pump, windowMax, stallAlarmMs });
  }

  async start(): Promise<void> {
    if (this.#state !== "created") {
      throw coreErrors.wrongState(
        `pipeline ${this.#options.name} can be started once, and it is ${this.#state} already`,
      );
    }
    this.#state = "running";
    try {
      await this.#options.source.start({ lost: (origin) => this.#lose(origin) });
    } catch (thrown) {
      this.#fail(asWeirError(thrown));
      await this.finished;
      throw asWeirError(thrown);
    }
    this.#pumping = this.#pump.run();
    // The source's end is a drain that nobody had to ask for.
    float(
      this.#context,
      this.#pumping.then(() => {
        if (this.#state === "running") this.#begin(this.#settings.drainDeadlineMs);
      }),
    );
  }

  async drain(options: { readonly deadlineMs?: number } = {}): Promise<PipelineReport> {
    refuseFaults(checkNumbers({ deadlineMs: pipelineNumbers.drainDeadlineMs }, options, { path: "drain." }));
    // Asked again without a deadline: the one that runs stays.
    const usualMs = this.#state === "draining" ? Infinity : this.#settings.drainDeadlineMs;
    this.#begin(options.deadlineMs ?? usualMs);
    return this.finished;
  }

  describe(): Topology {
    return describeTopology({
      name: this.#options.name,
      state: this.#state,
      source: this.#options.source.name,
      sink: this.#options.sink?.name,
      settings: this.#settings,
      account: this.#account,
      inProcessors: this.#processors.inside,
      inBatcher: this.#batcher?.inside ?? 0,
      awaitingSettle: this.#settler.awaiting,
      tracks: this.#pump.tracks,
    });
  }

  #createBatcher(sink: Sink<never>): Batcher {
    const finish = this.#settler.finish.bind(this.#settler);
    const fenced = (message: Envelope): void => this.#fence(trackOf(message));
    const writer = new Writer(this.#context, { sink, finish, fenced });
    const { concurrency } = this.#settings.batch;
    const keyOf = this.#options.batch?.keyOf as ((message: Message) => string) | undefined;
    const shards = Array.from({ length: concurrency }, (_, i) => String(i));
    return new Batcher(this.#context, {
      ...this.#settings.batch,
      keyOf: (message: Envelope): string => {
        if (keyOf !== undefined) return keyOf(message);
        const shard = message.lane === -1 ? message.sequence : message.lane;
        return shards[shard % concurrency] as string;
      },
      write: (batch) => writer.write(batch),
    });
  }

  #createProcessors(): Processors {
    const { concurrency, insideMax, deadlineMs } = this.#settings;
    const finish = this.#settler.finish.bind(this.#settler);
    const batcher = this.#batcher;
    const next = (message: Envelope): boolean => {
      if (batcher !== null) return batcher.offer(message);
      finish(message, done());
      return true;
    };
    const handle = this.#options.process.handle as never;
    return new Processors(this.#context, { concurrency, insideMax, deadlineMs, handle, next, finish });
  }

  #lose(origin: Origin): void {
    // Closing the source ends its tenures too; by then everything has been accounted for.
    if (this.#account.closed) return;
    const track = this.#pump.lose(origin);
    if (track === undefined) return;
    this.#settler.forget(track);
    this.#processors.abort(track);
    this.#moved();
  }

  /** Somebody else has claimed the origin: the tenure is over, and its source learns why. */
  #fence(track: OriginTrack): void {
    if (this.#account.closed || track.lost) return;
    const { origin, inFlight } = track;
    this.#account.fence(inFlight);
    const { id, epoch, fence = 0 } = origin;
    publish("fenced", { pipeline: this.#options.name, origin: id, epoch, fence, count: inFlight });
    this.#lose(origin);
    this.#options.source.fenced?.(origin);
  }

  #fail(error: WeirError): void {
    if (this.#state === "stopped" || this.#error !== undefined) return;
    this.#error = error;
    this.#begin(0);
  }

  /** Begins the drain, or shortens one that is under way. */
  #begin(deadlineMs: number): void {
    if (this.#account.closed) return;
    const deadlineAtMs = this.#clock.nowMs() + deadlineMs;
    if (deadlineAtMs < this.#deadlineAtMs) {
      this.#deadlineAtMs = deadlineAtMs;
      this.#cancelDeadline();
      this.#cancelDeadline = this.#clock.after(deadlineMs, () => this.#giveUp.abort());
    }
    if (this.#state === "draining") return;
    this.#state = "draining";
    void this.#drainAndClose();
  }

  async #drainAndClose(): Promise<void> {
    this.#pump.stop();
    this.#batcher?.drain();
    // The last pull may still bring messages; one that hangs is waited for no longer than all else.
    await Promise.race([this.#pumping.catch(() => undefined), this.#givenUp]);
    await Promise.race([this.#untilEmpty(), this.#givenUp]);
    this.#cancelDeadline();
    const onItsWay = [...this.#pump.tracks].reduce((sum, track) => sum + track.onItsWay, 0);
    const counts = this.#account.close(onItsWay);
    this.#giveUp.abort();
    this.#processors.stop();
    this.#batcher?.stop();
    // The sink first: it may need what the source still holds.
    const { sink, source } = this.#options;
    const closeError = await closeParts(this.#clock, sink === undefined ? [source] : [sink, source]);
    this.#error ??= closeError;
    this.#state = "stopped";
    const { pulled, settled, released, uncertain } = counts;
    publish("drained", { pipeline: this.#options.name, pulled, settled, released, uncertain });
    this.#resolveFinished(this.#error === undefined ? counts : { ...counts, error: this.#error });
  }

  #untilEmpty(): Promise<void> {
    return new Promise((resolve) => {
      this.#emptied = resolve;
      this.#moved();
    });
  }

  #moved(): void {
    if (this.#emptied !== null && this.#account.inFlight === 0) this.#emptied();
  }
}
