/**
 *  prepare ──▶ workers start ──▶ publish ───▶ all settled ──▶ drain ──▶ read table and topic
 *                                   ▲ │ looks
 *                     rest may go   └─┴──▶ faults/: what is done to the run
 */
import { asWeirError } from "@weir/core";
import type { Frame, PartitionState } from "@weir/drill";
import { boardLine, drawBoard, type BoardState } from "./board.ts";
import type { FaultName, SampleRecord } from "./facts.ts";
import type { Act, Hands } from "./faults/act.ts";
import { acts } from "./faults/acts.ts";
import type { Observer } from "./observer.ts";
import { publish } from "./publish.ts";
import type { StreamMessage } from "./stream.ts";

export interface ExperimentOptions extends Hands {
  readonly fault: FaultName;
  readonly workers: number;
  readonly seed: number;
  readonly perSecond: number;
  readonly sampleIntervalMs: number;
  readonly standstillMs: number;
  readonly show: (frame: Frame) => void;
  /** Ctrl-C: stop publishing, drain, say what was left. */
  readonly signal: AbortSignal;
}

/** `complete`: judged from its history. Otherwise nothing can be said, and this is why. */
export type ExperimentEnd =
  | { readonly kind: "complete" }
  | { readonly kind: "interrupted"; readonly left: number }
  | { readonly kind: "failed"; readonly sentence: string };

export async function runExperiment(options: ExperimentOptions): Promise<ExperimentEnd> {
  return new Experiment(options).run();
}

/** So many looks in a row without growth are needed beside the time. */
const standstillLooks = 40;

class Experiment {
  readonly #options: ExperimentOptions;
  readonly #observer: Observer;
  readonly #act: Act;
  readonly #stopPublishing = new AbortController();
  readonly #startedMs = performance.now();
  #last: SampleRecord | undefined;
  #lastGrowthMs = performance.now();
  #looksWithoutGrowth = 0;
  #rates: { readonly atMs: number; readonly written: number }[] = [];
  readonly #lags: number[] = [];
  #isPublished = false;
  #publishFailure: string | undefined;
  #blind = "";

  constructor(options: ExperimentOptions) {
    this.#options = options;
    this.#observer = options.observer;
    this.#act = acts[options.fault](options);
  }

  async run(): Promise<ExperimentEnd> {
    const { crew, say } = this.#options;
    const preparing = crew.prepare();
    const first = Array.from({ length: this.#options.workers }, () => crew.start());
    await preparing;
    if (crew.failure !== undefined) return { kind: "failed", sentence: crew.failure };
    await Promise.allSettled(first.map((worker) => worker.ready));
    const publishing = crew.failure === undefined ? this.#publish() : Promise.resolve();
    await this.#watch();
    await this.#act.heal();
    this.#stopPublishing.abort();
    await publishing;
    say(this.#options.signal.aborted ? "interrupted: draining" : "draining the workers");
    await crew.drain();
    // Once more: what is shown last is what was left, and not what the workers told on their way.
    if (crew.failure === undefined) await this.#look();
    return this.#conclude();
  }

  /** Looks, acts on what it sees, and looks again, until everything is settled or nothing moves any more. */
  async #watch(): Promise<void> {
    const { crew, signal, sampleIntervalMs } = this.#options;
    while (!signal.aborted && crew.failure === undefined && this.#publishFailure === undefined) {
      const startedMs = performance.now();
      // Asked before the look: what is published while it lasts is no part of its lag.
      const isPublished = this.#isPublished;
      const look = await this.#look();
      if (look !== undefined) {
        const actedMs = performance.now();
        await this.#act.step(look.sample);
        // Time in which the judge holds the run up is no standstill of the run.
        this.#lastGrowthMs += performance.now() - actedMs;
        if (isPublished && this.#act.isOver && look.sample.lag === 0) return;
      }
      if (this.#standsStill()) return;
      const leftMs = Math.max(0, startedMs + sampleIntervalMs - performance.now());
      await new Promise((resolve) => setTimeout(resolve, leftMs));
    }
  }

  /** Has nothing been written for long, and for many looks? On a busy machine the looks become rare as well. */
  #standsStill(): boolean {
    const { say, standstillMs, sessionTimeoutMs } = this.#options;
    // Some faults hold everybody up for a session and more.
    const enoughMs = standstillMs + (this.#act.isOver ? 0 : 4 * sessionTimeoutMs);
    this.#looksWithoutGrowth += 1;
    if (this.#looksWithoutGrowth < standstillLooks || performance.now() - this.#lastGrowthMs < enoughMs) return false;
    say(`nothing was written for ${enoughMs / 1000} s: giving up the wait`);
    return true;
  }

  /** `undefined` while a server does not answer: said once, and a gap in the series. */
  async #look(): Promise<{ sample: SampleRecord; partitions: readonly PartitionState[] } | undefined> {
    const { say, show, record } = this.#options;
    try {
      const look = await this.#observer.look();
      if (this.#blind !== "") say("the judge can look again");
      this.#blind = "";
      if (look.sample.written > (this.#last?.written ?? -1)) {
        this.#lastGrowthMs = performance.now();
        this.#looksWithoutGrowth = 0;
      }
      this.#last = look.sample;
      record(look.sample);
      const state = this.#boardOf(look.sample, look.partitions);
      show({ board: (where) => drawBoard(state, where), line: boardLine(state) });
      return look;
    } catch (thrown) {
      const error = asWeirError(thrown);
      if (error.kind !== "dependency") throw error;
      if (this.#blind !== error.code) say(`the judge cannot look: ${error.message}`);
      this.#blind = error.code;
      return undefined;
    }
  }

  async #publish(): Promise<void> {
    const { messages, seed, perSecond, topic, record, say } = this.#options;
    const { signal } = this.#stopPublishing;
    const onPublished = (part: readonly StreamMessage[]): void => {
      this.#observer.published += part.length;
      record({ kind: "published", messages: part.map(({ n, key, kind, digest }) => [n, key, kind, digest]) });
    };
    try {
      const send = (part: readonly StreamMessage[]): Promise<void> =>
        topic.send(
          part.map(({ n, key, value }) => ({ key, value, headers: { n: String(n) } })),
          signal,
        );
      const mayGo = (n: number): boolean => n < Math.ceil(messages * this.#act.publishShareMax);
      await publish({ messages, seed, perSecond, mayGo, signal, send, onPublished });
      if (signal.aborted) return;
      this.#isPublished = true;
      record({ kind: "published-all", messages });
      say(`all ${messages} messages are published`);
    } catch (thrown) {
      this.#publishFailure = `publishing: ${asWeirError(thrown).message}`;
    }
  }

  async #conclude(): Promise<ExperimentEnd> {
    const { crew, topic, table, signal, record, recordDurably } = this.#options;
    const sentence = crew.failure ?? this.#publishFailure;
    if (sentence !== undefined && !signal.aborted) return { kind: "failed", sentence };
    record({ kind: "end-of-log", partitions: await topic.partitions() });
    if (signal.aborted) {
      return { kind: "interrupted", left: this.#observer.published - (await table.settled()) };
    }
    record({ kind: "table", arrivalGivenByDatabase: await table.isArrivalGiven() });
    for await (const records of topic.readAll()) {
      const places = records.map(({ partition, offset, headers }): [number, number, number] => {
        return [partition, offset, Number(String(headers["n"]))];
      });
      await recordDurably({ kind: "topic", records: places });
    }
    for await (const chunk of table.rows()) await recordDurably(chunk);
    await recordDurably(await table.letters());
    return { kind: "complete" };
  }

  #boardOf(sample: SampleRecord, partitions: readonly PartitionState[]): BoardState {
    const elapsedMs = performance.now() - this.#startedMs;
    this.#rates = [
      ...this.#rates.filter(({ atMs }) => atMs > elapsedMs - 2_000),
      { atMs: elapsedMs, written: sample.written },
    ];
    const oldest = this.#rates[0] as { atMs: number; written: number };
    const seconds = (elapsedMs - oldest.atMs) / 1000;
    this.#lags.push(sample.lag);
    if (this.#lags.length > 60) this.#lags.shift();
    const { crew, messages, seed } = this.#options;
    return {
      elapsedMs,
      seed,
      total: messages,
      published: sample.published,
      written: sample.written,
      rate: seconds > 0 ? Math.round((sample.written - oldest.written) / seconds) : 0,
      lag: sample.lag,
      inFlight: sample.inFlight,
      workers: crew.all.map((worker) => ({
        name: worker.name,
        state: crew.stateOf(worker),
        partitions: worker.isAlive ? (sample.members.find((m) => m.worker === worker.name)?.partitions ?? []) : [],
      })),
      partitions,
      lagHistory: this.#lags,
    };
  }
}
