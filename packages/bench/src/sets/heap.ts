import type { BenchCase, BenchSize, Figure } from "../bench-case.ts";
import { runInMemory } from "../memory-pipeline.ts";
import { collectGarbage } from "../rounds.ts";

const steps = 10;
const bytesPerMb = 1_000_000;

async function grow({ messages }: BenchSize): Promise<readonly Figure[]> {
  const heapMb: number[] = [];
  const onPull = (handedOut: number): void => {
    if (handedOut < messages * (heapMb.length + 1)) return;
    collectGarbage();
    heapMb.push(process.memoryUsage().heapUsed / bytesPerMb);
  };
  await runInMemory({ concurrency: 8, maxDemand: 100, messages: messages * steps, onPull });
  const [first = 0] = heapMb;
  return [
    {
      name: "growth since the first step",
      unit: "MB",
      values: heapMb.slice(1).map((mb) => mb - first),
      counts: "worst",
      target: { atMost: 1 },
    },
    { name: `heap after each ${messages} messages`, unit: "MB", values: heapMb },
  ];
}

/** Does one pipeline keep anything of the messages that it has settled? */
export const heapCases: readonly BenchCase[] = [{ set: "heap", name: "8 × 100", needsServers: false, measure: grow }];
