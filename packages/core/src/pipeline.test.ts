import { expect, it } from "vitest";
import { createPipeline, dead, done } from "./core.ts";
import { MemoryDeadLetters, MemoryLog, MemorySink } from "./testing/testing.ts";

it("brings every message of the log to the sink, and the malformed ones to the dead letters", async () => {
  const log = new MemoryLog({ partitions: 3 });
  for (let i = 0; i < 3000; i += 1) log.append(i % 3, { key: `k${i % 17}`, value: i % 100 === 7 ? "bad" : String(i) });
  const sink = new MemorySink<number>();
  const deadLetters = new MemoryDeadLetters();
  const pipeline = createPipeline({
    name: "test",
    source: log.join({ untilEnd: true }),
    process: {
      handle: ({ data }) => (data.value === "bad" ? dead("malformed") : done(Number(data.value))),
      concurrency: 4,
      maxDemand: 10,
      deadlineMs: 1000,
    },
    sink,
    batch: { size: 50, concurrency: 2 },
    deadLetters,
  });
  await pipeline.start();
  const report = await pipeline.finished;
  expect(report).toMatchObject({ pulled: 3000, settled: 3000, done: 2970, dead: 30, released: 0, uncertain: 0 });
  expect(report.error).toBeUndefined();
  expect(sink.rows.size).toBe(2970);
  expect(deadLetters.letters.size).toBe(30);
  expect(log.group().committed).toEqual([1000, 1000, 1000]);
});
