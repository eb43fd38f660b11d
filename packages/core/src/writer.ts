import type { Context } from "./context.ts";
import { Dependency, wait } from "./dependency.ts";
import { asWeirError } from "./errors.ts";
import { publish } from "./events.ts";
import { describeMessage, type Envelope, type Message } from "./message.ts";
import type { PendingBatch } from "./batcher.ts";
import { isLost } from "./origin-track.ts";
import { dead, isFenced, isOutcome, type Outcome } from "./outcome.ts";
import type { Outcomes, Sink } from "./sink.ts";

export interface WriterOptions {
  readonly sink: Sink<never>;
  finish(message: Envelope, outcome: Outcome): void;
  /** Its origin was claimed by another owner: nothing of the tenure is written any more. */
  fenced(message: Envelope): void;
}

/** Brings batches to the sink. What a failed write costs, and whom, is decided here (see `ErrorKind`). */
export class Writer {
  readonly #context: Context;
  readonly #options: WriterOptions;
  readonly #dependency: Dependency;

  constructor(context: Context, options: WriterOptions) {
    this.#context = context;
    this.#options = options;
    this.#dependency = new Dependency(context.pipeline, options.sink.name, context.clock);
  }

  /** Answers when every message of the batch is finished or given up; rejects on programming errors only. */
  async write(batch: PendingBatch): Promise<void> {
    const startedMs = this.#context.clock.nowMs();
    const tries = await this.#writePart(batch, batch.messages);
    if (tries === 0 || this.#context.giveUp.aborted) return;
    const { pipeline, clock } = this.#context;
    const durationMs = clock.nowMs() - startedMs;
    publish("written", { pipeline, key: batch.key, count: batch.messages.length, durationMs, tries });
  }

  /** Writes some of a batch's messages, in order, and answers with the number of tries. */
  async #writePart(batch: PendingBatch, part: Envelope[]): Promise<number> {
    const { clock, giveUp } = this.#context;
    for (let tries = 1; ; tries += 1) {
      const messages = part.some(isLost) ? part.filter((message) => !isLost(message)) : part;
      if (messages.length === 0 || giveUp.aborted) {
        this.#dependency.abandoned(batch);
        return tries - 1;
      }
      try {
        const { key, trigger } = batch;
        const outcomes = await this.#options.sink.write({ key, trigger, messages: messages as never }, giveUp);
        this.#dependency.answered(batch);
        this.#conclude(messages, outcomes);
        return tries;
      } catch (thrown) {
        const error = asWeirError(thrown);
        if (error.kind === "programming") throw error;
        if (error.kind === "row") {
          this.#dependency.answered(batch);
          return tries + (await this.#bisect(batch, messages, error));
        }
        await wait(clock, this.#dependency.failed(error, batch), giveUp);
      }
    }
  }

  /** One message is at fault: halve until it is alone. The order within the batch stays. */
  async #bisect(batch: PendingBatch, messages: Envelope[], error: Error & { code: string }): Promise<number> {
    const only = messages[0] as Envelope;
    if (messages.length === 1) {
      this.#options.finish(only, dead(error.code, error.message));
      return 0;
    }
    const middle = messages.length >> 1;
    const tries = await this.#writePart(batch, messages.slice(0, middle));
    return tries + (await this.#writePart(batch, messages.slice(middle)));
  }

  #conclude(messages: readonly Envelope[], outcomes: Outcomes): void {
    if (isOutcome(outcomes)) {
      for (const message of messages) this.#options.finish(message, outcomes);
      return;
    }
    const byMessage = outcomes instanceof Map ? (outcomes as ReadonlyMap<Message, unknown>) : null;
    for (const message of messages) {
      const outcome = byMessage?.get(message);
      if (isFenced(outcome)) this.#options.fenced(message);
      else this.#options.finish(message, isOutcome(outcome) ? outcome : this.#missing(message));
    }
  }

  /** A short answer must not lose the message that it leaves out. */
  #missing(message: Envelope): Outcome {
    const sentence = `sink ${this.#options.sink.name} gave no outcome for ${describeMessage(message)}`;
    return dead("no-outcome", `${sentence}; expected one outcome for all, or a Map with one per message`);
  }
}
