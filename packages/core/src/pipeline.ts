/**
 *             demand ←──────────────────────────────────────────
 *  source ──▶ pump ──▶ processors ──▶ batcher ──▶ writer ──▶ sink
 *    ▲                     │ dead         │ done     │ dead
 *    └── settle ◀── settler ◀─────────────┴──────────┘
 *                      └──▶ dead letters
 */
import { setMaxListeners } from "node:events";
import { Account, type DrainReport } from "./account.ts";
import { assembleStages, type Stages } from "./assemble.ts";
import type { CancelTimer, Clock } from "./clock.ts";
import { closeParts } from "./close-parts.ts";
import { float, type Context } from "./context.ts";
import { asWeirError, coreErrors, type WeirError } from "./errors.ts";
import { publish } from "./events.ts";
import { pipelineNumbers } from "./option-rows.ts";
import { checkNumbers, refuseFaults } from "./options.ts";
import { checkResize, readPipelineOptions, type PipelineOptions, type Settings } from "./pipeline-options.ts";
import { describeTopology, type Topology } from "./topology.ts";

export type PipelineState = "created" | "running" | "paused" | "draining" | "stopped";

export interface PipelineReport extends DrainReport {
  /** Why the pipeline stopped by itself; absent after a drain that was asked for, or at the source's end. */
  readonly error?: WeirError;
}

export interface Pipeline {
  /** Starts the sources and begins to pull. Rejects with a source's `WeirError` if it cannot be started. */
  start(): Promise<void>;
  /**
   * Stops pulling, flushes partial batches, waits for handlers up to the deadline, settles, closes the sink and then
   * the sources. Called again it can only shorten the deadline: `drain({ deadlineMs: 0 })` forces.
   * Rejects with `invalid-options` only.
   */
  drain(options?: { readonly deadlineMs?: number }): Promise<PipelineReport>;
  /**
   * Pulls nothing more until {@link resume}, and calls off the pull in the air; what is in flight goes on to its end.
   * Throws `wrong-state` unless the pipeline runs or is paused already.
   */
  pause(): void;
  /** Throws `wrong-state` unless the pipeline is paused or runs already. */
  resume(): void;
  /**
   * Changes `process.concurrency` while the pipeline runs, and with it the places in the processors. Handlers at work are
   * finished: after a change to fewer, in work may be above the new bound until they have. Throws `invalid-options`.
   */
  resize(concurrency: number): void;
  /** Closes the partial batches that there are at this moment, so that they are written as soon as a writer is free. */
  flush(): void;
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
  readonly #stages: Stages;
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
    const { context, settings } = { context: this.#context, settings: this.#settings };
    this.#stages = assembleStages({ context, options, settings });
  }

  async start(): Promise<void> {
    if (this.#state !== "created") {
      throw coreErrors.wrongState(
        `pipeline ${this.#options.name} can be started once, and it is ${this.#state} already`,
      );
    }
    this.#state = "running";
    try {
      await this.#stages.intake.start();
    } catch (thrown) {
      this.#fail(asWeirError(thrown));
      await this.finished;
      throw asWeirError(thrown);
    }
    this.#pumping = this.#stages.intake.run();
    // The end of all sources is a drain that nobody had to ask for, and nothing hurries it.
    float(
      this.#context,
      this.#pumping.then(() => this.#begin(Infinity)),
    );
  }

  async drain(options: { readonly deadlineMs?: number } = {}): Promise<PipelineReport> {
    refuseFaults(checkNumbers({ deadlineMs: pipelineNumbers.drainDeadlineMs }, options, { path: "drain." }));
    // Asked again without a deadline: the one that runs stays.
    const usualMs = this.#deadlineAtMs < Infinity ? Infinity : this.#settings.drainDeadlineMs;
    this.#begin(options.deadlineMs ?? usualMs);
    return this.finished;
  }

  pause(): void {
    this.#expectRunning("paused");
    this.#state = "paused";
    this.#stages.intake.pause();
  }

  resume(): void {
    this.#expectRunning("resumed");
    this.#state = "running";
    this.#stages.intake.resume();
  }

  resize(concurrency: number): void {
    refuseFaults(checkResize(concurrency, this.#settings));
    this.#stages.processors.resize(concurrency);
    this.#stages.intake.resize();
  }

  flush(): void {
    this.#stages.batcher?.flush();
  }

  describe(): Topology {
    const { name, sink } = this.#options;
    const { settings, account, stages } = { settings: this.#settings, account: this.#account, stages: this.#stages };
    return describeTopology({ name, state: this.#state, sink: sink?.name, settings, account, stages });
  }

  #expectRunning(become: string): void {
    if (this.#state === "running" || this.#state === "paused") return;
    throw coreErrors.wrongState(`pipeline ${this.#options.name} cannot be ${become}: it is ${this.#state}`);
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
    const { intake, processors, batcher } = this.#stages;
    intake.stop();
    batcher?.drain();
    // The last pull may still bring messages; one that hangs is waited for no longer than all else.
    await Promise.race([this.#pumping.catch(() => undefined), this.#givenUp]);
    await Promise.race([this.#untilEmpty(), this.#givenUp]);
    this.#cancelDeadline();
    const onItsWay = [...intake.tracks()].reduce((sum, track) => sum + track.onItsWay.length, 0);
    const counts = this.#account.close(onItsWay);
    this.#giveUp.abort();
    processors.stop();
    batcher?.stop();
    // The sink first: it may need what the sources still hold.
    const { sink } = this.#options;
    const { sources } = this.#settings;
    const closeError = await closeParts(this.#clock, sink === undefined ? sources : [sink, ...sources]);
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
