import type { BenchCase, BenchSize, Figure } from "../bench-case.ts";
import { FreshSource } from "../fresh-source.ts";
import { passOn, runInMemory } from "../memory-pipeline.ts";
import { interleave, perSecond, ratios } from "../rounds.ts";

const context = { signal: new AbortController().signal };

/** What the pipeline is measured against: the same messages from the same source, in hundreds, each awaited. */
async function bareLoop(messages: number): Promise<void> {
  const source = new FreshSource(messages);
  for (;;) {
    const pulled = await source.pull(100, context.signal);
    if (pulled === null) return;
    for (const message of pulled) await passOn(message, context);
  }
}

interface Shape {
  readonly concurrency: number;
  readonly maxDemand: number;
}

async function compare({ concurrency, maxDemand }: Shape, size: BenchSize): Promise<readonly Figure[]> {
  const { messages } = size;
  const timed = (work: () => Promise<void>) => async (): Promise<number> => {
    const startedMs = performance.now();
    await work();
    return perSecond(messages, startedMs);
  };
  const values = await interleave(
    [
      { name: "loop", run: timed(() => bareLoop(messages)) },
      { name: "pipeline", run: timed(() => runInMemory({ concurrency, maxDemand, messages })) },
    ],
    size,
  );
  const [loop = [], pipeline = []] = [values.get("loop"), values.get("pipeline")];
  const target = maxDemand === 100 ? { atLeast: 0.3, aim: 0.4 } : maxDemand === 1 ? { atLeast: 0.25 } : undefined;
  return [
    { name: "pipeline ÷ bare loop", unit: "", values: ratios(pipeline, loop), ...(target && { target }) },
    { name: "pipeline", unit: "messages/s", values: pipeline },
    { name: "bare loop", unit: "messages/s", values: loop },
  ];
}

/** How much of a bare loop's speed is left, by demand and concurrency. */
export const pipelineCases: readonly BenchCase[] = [1, 8].flatMap((concurrency) =>
  [1, 10, 100, 1_000].map((maxDemand) => ({
    set: "pipeline",
    name: `${concurrency} × ${maxDemand}`,
    needsServers: false,
    measure: (size) => compare({ concurrency, maxDemand }, size),
  })),
);
