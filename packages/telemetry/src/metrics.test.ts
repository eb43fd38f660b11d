import { createPipeline, createPushSource, dead, done } from "@weir/core";
import type { Message, Outcome, Pipeline, PushSource } from "@weir/core";
import { createVirtualClock, MemoryDeadLetters, MemorySink } from "@weir/core/testing";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createMetrics, serveMetrics, type Metrics, type MetricsServer } from "./telemetry.ts";

describe("metrics", () => {
  let pipeline: Pipeline;
  let queue: PushSource<number>;
  let metrics: Metrics;
  const servers: MetricsServer[] = [];
  const serve = async (options: { readonly port?: number; readonly onTrouble?: (sentence: string) => void } = {}) => {
    const server = await serveMetrics({ metrics, port: 0, ...options });
    servers.push(server);
    return server;
  };

  beforeEach(() => {
    queue = createPushSource({ name: "in", bufferMax: 3, overload: "shed" });
    pipeline = createOrders("orders", queue);
    metrics = createMetrics({ pipelines: [pipeline], labelValuesMax: 3 });
  });
  afterEach(async () => {
    metrics.close();
    await Promise.all(servers.splice(0).map((server) => server.close()));
  });

  it("tell rate, latency, errors and saturation of a pipeline, as a scraper reads them", async () => {
    const { url = "" } = await serve();
    for (const data of [1, 2, -1, 4, 5]) await queue.push(data);
    await pipeline.start();
    queue.end();
    await pipeline.finished;
    const answer = await fetch(url);
    expect(answer.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    const lines = (await answer.text()).split("\n");
    expect(lines).toEqual(
      expect.arrayContaining([
        'weir_messages_pulled_total{pipeline="orders",source="in"} 3',
        'weir_messages_settled_total{pipeline="orders"} 3',
        'weir_messages_written_total{pipeline="orders"} 2',
        'weir_messages_dead_total{pipeline="orders",reason="negative-1"} 1',
        'weir_messages_shed_total{pipeline="orders",reason="buffer-full"} 2',
        'weir_batch_write_duration_seconds_count{pipeline="orders"} 1',
        'weir_stage_depth_messages{pipeline="orders",stage="processors"} 0',
        'weir_stage_bound_messages{pipeline="orders",stage="processors"} 6',
        'weir_stage_bound_messages{pipeline="orders",stage="batcher"} 1000',
        'weir_messages_in_flight{pipeline="orders"} 0',
        'weir_pipeline_running{pipeline="orders"} 0',
      ]),
    );
  });

  it("tell where messages are while a write takes its time, and how many seconds it took", async () => {
    const clock = createVirtualClock();
    const slow = createPushSource<number>({ name: "in" });
    const write = async (): Promise<Outcome> => {
      await new Promise<void>((resolve) => void clock.after(250, resolve));
      return done();
    };
    const writing = createPipeline({
      name: "slow",
      source: slow,
      process: { handle: ({ data }: Message<number>) => done(data) },
      sink: { name: "rows", write, close: async () => {} },
      batch: { size: 4 },
      deadLetters: new MemoryDeadLetters(),
      clock,
    });
    const own = createMetrics({ pipelines: [writing] });
    for (const data of [1, 2, 3, 4]) await slow.push(data);
    await writing.start();
    await clock.advanceBy(100);
    const during = (await own.text()).split("\n");
    expect(during).toEqual(
      expect.arrayContaining([
        'weir_stage_depth_messages{pipeline="slow",stage="batcher"} 4',
        'weir_stage_depth_messages{pipeline="slow",stage="window"} 4',
        'weir_stage_bound_messages{pipeline="slow",stage="window"} 16384',
        'weir_messages_in_flight{pipeline="slow"} 4',
        'weir_pipeline_running{pipeline="slow"} 1',
      ]),
    );
    slow.end();
    await clock.advanceBy(200);
    await writing.finished;
    expect((await own.text()).split("\n")).toContain('weir_batch_write_duration_seconds_sum{pipeline="slow"} 0.25');
    own.close();
  });

  it("keep a label's values few, whatever stands in a reason", async () => {
    await pipeline.start();
    const settled = (): number => pipeline.describe().settled.dead;
    for (let i = 1; i <= 10; i += 1) {
      await queue.push(-i);
      while (settled() < i) await new Promise((resolve) => setImmediate(resolve));
    }
    const series = (await metrics.text()).match(/^weir_messages_dead_total.*$/gm);
    expect(series).toEqual([
      'weir_messages_dead_total{pipeline="orders",reason="negative-1"} 1',
      'weir_messages_dead_total{pipeline="orders",reason="negative-2"} 1',
      'weir_messages_dead_total{pipeline="orders",reason="negative-3"} 1',
      'weir_messages_dead_total{pipeline="orders",reason="other"} 7',
    ]);
    await pipeline.drain();
  });

  it("count the pipelines that they were given, and no others, until they are closed", async () => {
    const other = createPushSource<number>({ name: "in" });
    const stranger = createOrders("others", other);
    await other.push(1);
    other.end();
    await stranger.start();
    await stranger.finished;
    expect(await metrics.text()).not.toContain("others");
    metrics.close();
    await queue.push(1);
    queue.end();
    await pipeline.start();
    await pipeline.finished;
    expect(await metrics.text()).not.toContain("weir_messages_pulled_total{");
  });

  it("say that their port is in use, and the pipeline runs on", async () => {
    const { url = "" } = await serve();
    const told: string[] = [];
    const port = Number(new URL(url).port);
    const second = await serve({ port, onTrouble: (sentence) => told.push(sentence) });
    expect(told).toEqual([`no metrics: port ${port} is in use: choose another one, or 0 for a free one`]);
    expect(second.url).toBeUndefined();
    await queue.push(1);
    queue.end();
    await pipeline.start();
    expect(await pipeline.finished).toMatchObject({ done: 1 });
  });

  it("are at one path, on this machine only", async () => {
    const { url = "" } = await serve();
    expect(new URL(url).hostname).toBe("127.0.0.1");
    expect((await fetch(new URL("/", url))).status).toBe(404);
  });

  it("refuse options that cannot be, all at once", async () => {
    const nothing = {} as Pipeline[];
    expect(() => createMetrics({ pipelines: nothing, labelValuesMax: 0 })).toThrow(
      /labelValuesMax: expected[^]*pipelines: expected/,
    );
    await expect(serveMetrics({ metrics, port: 1.5 })).rejects.toThrow(/port: expected a whole number from 0/);
  });
});

function createOrders(name: string, source: PushSource<number>): Pipeline {
  return createPipeline({
    name,
    source,
    process: {
      concurrency: 2,
      maxDemand: 3,
      handle: ({ data }: Message<number>) => (data < 0 ? dead(`negative${data}`, "below nothing") : done(data)),
    },
    sink: new MemorySink<number>(),
    deadLetters: new MemoryDeadLetters(),
    clock: createVirtualClock(),
  });
}
