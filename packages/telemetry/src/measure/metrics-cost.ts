// What metrics cost an in-memory pipeline: the same messages with nobody listening and with metrics scraped ten times, in turns.
// node --expose-gc src/measure/metrics-cost.ts [messages] [rounds]
import { createMessage, createPipeline, done, type Message, type Origin, type Pipeline, type Source } from "@weir/core";
import { createMetrics } from "../metrics.ts";

const [total = 400_000, rounds = 9] = process.argv.slice(2).map(Number);

function createNumbers(): Source<number> {
  const origin: Origin = { id: "numbers", epoch: 1 };
  let next = 0;
  const pull = async (max: number): Promise<readonly Message<number>[] | null> => {
    if (next === total) return null;
    const count = Math.min(max, total - next);
    return Array.from({ length: count }, () => {
      const offset = next;
      next += 1;
      return createMessage({ origin, offset, key: null, data: offset, raw: null });
    });
  };
  return {
    name: "numbers",
    start: async () => {},
    pull,
    pause: () => {},
    resume: () => {},
    settle: async () => "settled",
    close: async () => {},
  };
}

function createNumbersPipeline(): Pipeline {
  return createPipeline({
    name: "numbers",
    source: createNumbers(),
    process: { handle: ({ data }: Message<number>) => done(data) },
    sink: { name: "nowhere", write: async () => done(), close: async () => {} },
    deadLetters: { record: async () => {} },
  });
}

/** Processor time of this process in ms. */
async function costOf(isMeasured: boolean): Promise<number> {
  const pipeline = createNumbersPipeline();
  globalThis.gc?.();
  const before = process.cpuUsage();
  const metrics = isMeasured ? createMetrics({ pipelines: [pipeline] }) : undefined;
  await pipeline.start();
  const report = await pipeline.finished;
  for (let i = 0; i < 10; i += 1) await metrics?.text();
  const { user, system } = process.cpuUsage(before);
  metrics?.close();
  if (report.done !== total) throw new Error("not all of it was done");
  return (user + system) / 1000;
}

const ratios: number[] = [];
for (let round = -2; round < rounds; round += 1) {
  const first = await costOf(round % 2 === 0);
  const second = await costOf(round % 2 !== 0);
  if (round >= 0) ratios.push(round % 2 === 0 ? first / second : second / first);
}
const sorted = ratios.toSorted((a, b) => a - b);
const show = (ratio: number | undefined): string => (ratio ?? Number.NaN).toFixed(2);
console.log(
  `with metrics ÷ without: ${show(sorted[sorted.length >> 1])} (${show(sorted[0])} – ${show(sorted.at(-1))})`,
);
