import type { PipelineReport } from "../pipeline.ts";
import type { BatchTrigger } from "../sink.ts";
import { createPipeline } from "../pipeline.ts";
import { createMessage, type Message, type MessageKey, type Origin } from "../message.ts";
import type { FinalOutcome } from "../outcome.ts";
import type { PipelineOptions } from "../pipeline-options.ts";
import type { SettleAnswer, Settlement, Source } from "../source.ts";

/** A pipeline's options without its sources: those of production, as they are. */
export type TestedOptions<In, Out> = Omit<PipelineOptions<In, Out>, "source" | "sources">;

export interface TestInput<In> {
  readonly data: In;
  readonly key?: MessageKey;
}

export interface TestedBatch {
  readonly key: string;
  readonly trigger: BatchTrigger;
  /** Offsets of its messages: their places among the inputs. */
  readonly offsets: readonly number[];
}

export interface TestedRun {
  /** What was settled for each input, in their order. */
  readonly outcomes: readonly FinalOutcome[];
  /** Every call of the sink, in its order. */
  readonly batches: readonly TestedBatch[];
  readonly report: PipelineReport;
}

/** Sends one message through a real pipeline, to its settle, and answers with its outcome. Throws what stops the pipeline. */
export async function testMessage<In, Out>(
  options: TestedOptions<In, Out>,
  input: TestInput<In>,
): Promise<FinalOutcome> {
  const { outcomes } = await testBatch(options, [input]);
  return outcomes[0] as FinalOutcome;
}

/**
 * Sends some messages through a real pipeline: demand, handlers, batches, dead letters and settles, as in production. When
 * all have been pulled the pipeline drains, so that no partial batch waits for its age. Throws what stops the pipeline.
 */
export async function testBatch<In, Out>(
  options: TestedOptions<In, Out>,
  inputs: readonly TestInput<In>[],
): Promise<TestedRun> {
  const source = new TestSource(inputs);
  const batches: TestedBatch[] = [];
  const pipeline = createPipeline<In, Out>({ ...options, ...watched(options, batches), source });
  await pipeline.start();
  const report = await pipeline.finished;
  if (report.error !== undefined) throw report.error;
  return { outcomes: source.outcomes, batches, report };
}

function watched<In, Out>(options: TestedOptions<In, Out>, batches: TestedBatch[]): Partial<PipelineOptions<In, Out>> {
  const { sink } = options;
  if (sink === undefined) return {};
  const close = sink.close?.bind(sink);
  return {
    sink: {
      name: sink.name,
      write: (batch, signal) => {
        const { key, trigger, messages } = batch;
        batches.push({ key, trigger, offsets: messages.map(({ offset }) => offset) });
        return sink.write(batch, signal);
      },
      ...(close && { close }),
    },
  };
}

/** Hands out what a test gives it, once, and keeps what it is told about each. */
class TestSource<T> implements Source<T> {
  readonly name = "test";
  readonly outcomes: FinalOutcome[] = [];
  readonly #origin: Origin = { id: "test", epoch: 1 };
  readonly #messages: Message<T>[];
  #isPaused = false;
  #wake: () => void = () => {};

  constructor(inputs: readonly TestInput<T>[]) {
    const origin = this.#origin;
    this.#messages = inputs.map(({ data, key = null }, offset) =>
      createMessage({ origin, offset, key, data, raw: null }),
    );
  }

  start(): Promise<void> {
    return Promise.resolve();
  }

  async pull(max: number, signal: AbortSignal): Promise<readonly Message<T>[] | null> {
    while (this.#isPaused && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    if (signal.aborted) return [];
    return this.#messages.length === 0 ? null : this.#messages.splice(0, max);
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#wake();
  }

  settle({ messages, outcomes }: Settlement): Promise<SettleAnswer> {
    messages.forEach(({ offset }, i) => (this.outcomes[offset] = outcomes[i] as FinalOutcome));
    return Promise.resolve("settled");
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
