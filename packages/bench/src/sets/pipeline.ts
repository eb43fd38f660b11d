import type { BenchCase, BenchSize, Figure } from "../bench-case.ts";
import { FreshSource } from "../fresh-source.ts";
import { passOn, runInMemory } from "../memory-pipeline.ts";
import { interleave, perSecond, ratios, type Variant } from "../rounds.ts";

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

/** What the loop's thread has used: on a machine with other work the wall clock says less. */
function threadCpuMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1_000;
}

interface Shape {
  readonly concurrency: number;
  readonly maxDemand: number;
}

async function compare({ concurrency, maxDemand }: Shape, size: BenchSize): Promise<readonly Figure[]> {
  const { messages, warmUpRounds } = size;
  const cpuMs = { loop: [] as number[], pipeline: [] as number[] };
  const timed = (name: "loop" | "pipeline", work: () => Promise<void>): Variant => ({
    name,
    run: async () => {
      const [startedMs, cpuStartedMs] = [performance.now(), threadCpuMs()];
      await work();
      cpuMs[name].push(threadCpuMs() - cpuStartedMs);
      return perSecond(messages, startedMs);
    },
  });
  const loopVariant = timed("loop", () => bareLoop(messages));
  const pipelineVariant = timed("pipeline", () => runInMemory({ concurrency, maxDemand, messages }));
  const values = await interleave([loopVariant, pipelineVariant], size);
  const [loop = [], pipeline = []] = [values.get("loop"), values.get("pipeline")];
  const target = maxDemand === 100 ? { atLeast: 0.3, aim: 0.4 } : maxDemand === 1 ? { atLeast: 0.25 } : undefined;
  return [
    { name: "pipeline ÷ bare loop", unit: "", values: ratios(pipeline, loop), ...(target && { target }) },
    {
      name: "the same by the thread's CPU time",
      unit: "",
      values: ratios(cpuMs.loop, cpuMs.pipeline).slice(warmUpRounds),
    },
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
