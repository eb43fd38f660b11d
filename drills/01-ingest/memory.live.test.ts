import { KafkaTopic, Worker, type WorkerTask } from "@weir/drill";
import { createDatabase } from "@weir/postgres";
import { describeLive, freshName, liveServices } from "@weir/services/testing";
import { expect, it } from "vitest";
import { orderStream, type StreamMessage } from "./proof/stream.ts";
import { timesOn } from "./proof/times.ts";
import { spec } from "./spec.ts";

const warmUp = 5_000;
const grown = 50_000;
/** A set of all keys would hold 48 bytes a message, whole messages hundreds; a healthy worker's noise stays below 5. */
const bytesPerMessageMax = 20;

async function publish(topic: KafkaTopic, part: StreamMessage[]): Promise<void> {
  const { signal } = new AbortController();
  const records = part.map(({ n, key, value }) => ({ key, value, headers: { n: String(n) } }));
  for (let at = 0; at < records.length; at += 1_000) await topic.send(records.slice(at, at + 1_000), signal);
}

async function untilSettled(topic: KafkaTopic, messages: number): Promise<void> {
  const settled = async (): Promise<number> =>
    (await topic.partitions()).reduce((sum, { committed }) => sum + committed, 0);
  await expect.poll(settled, { timeout: 90_000, interval: 200 }).toBe(messages);
}

describeLive("a worker's memory", () => {
  it("is flat while the topic grows to ten times its size: heap after gc, drained, at most 20 bytes a message", async () => {
    const { databaseUrl, brokers } = liveServices();
    const name = freshName("memory");
    const topic = new KafkaTopic({ brokers, topic: name, group: name, standstillMs: spec.standstillMs });
    await topic.create(6);
    const task: Omit<WorkerTask, "type"> = {
      module: new URL("solution/ingest.ts", import.meta.url).href,
      context: { worker: "worker-1", databaseUrl, schema: name },
      topic: { name, group: name, place: { kind: "kafka", brokers, ...timesOn("real"), ...spec } },
    };
    const { deadlines } = timesOn("real");
    const open = (type: WorkerTask["type"]): Worker =>
      new Worker({ name: "worker-1", task: { ...task, type }, deadlines, onLine: () => {} });
    await open("prepare").exited;
    const worker = open("start");
    await worker.ready;
    const stream = [...orderStream({ seed: 3, messages: grown })];
    await publish(topic, stream.slice(0, warmUp));
    await untilSettled(topic, warmUp);
    const before = await worker.measure();
    await publish(topic, stream.slice(warmUp));
    await untilSettled(topic, grown);
    const after = await worker.measure();
    worker.drain(10_000);
    expect(await worker.exited).toEqual({ code: 0, signal: null });
    await topic.close();
    const database = createDatabase({ url: databaseUrl });
    await database.query(`drop schema ${name} cascade`);
    await database.close();
    const perMessage = (after - before) / (grown - warmUp);
    console.info(
      `heap after gc: ${before} bytes at ${warmUp}, ${after} at ${grown}; ${perMessage.toFixed(2)} a message`,
    );
    expect(before).toBeGreaterThan(1_000_000);
    expect(perMessage).toBeLessThanOrEqual(bytesPerMessageMax);
  }, 240_000);
});
