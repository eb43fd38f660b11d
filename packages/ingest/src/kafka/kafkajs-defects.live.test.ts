import { describeLive } from "@weir/services/testing";
import type { Consumer } from "kafkajs";
import { afterEach, beforeEach, expect, it } from "vitest";
import { openKafka, type OpenKafka } from "./kafka-client.ts";
import { LiveTopic, until } from "./live-topic.ts";

/** What kafkajs does and we build around. Red: it was mended upstream, and what we do about it can go. */
describeLive("kafkajs itself", () => {
  let topic: LiveTopic;
  const opened: { readonly open: OpenKafka; readonly consumer: Consumer }[] = [];

  beforeEach(async () => {
    topic = await LiveTopic.create(2);
    await topic.fill(10);
  });
  afterEach(async () => {
    for (const { open, consumer } of opened.splice(0)) {
      await consumer.disconnect();
      open.cut();
    }
    await topic.drop();
  });

  async function consume(): Promise<{ consumer: Consumer; firsts: Record<number, number[]> }> {
    const open = openKafka(topic.client, { retries: 5 });
    const group = { groupId: topic.group, heartbeatInterval: 100, maxWaitTimeInMs: 50, retry: { retries: 5 } };
    const consumer = open.kafka.consumer(group);
    opened.push({ open, consumer });
    const firsts: Record<number, number[]> = { 0: [], 1: [] };
    await consumer.connect();
    await consumer.subscribe({ topic: topic.name, fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        firsts[batch.partition]?.push(Number(batch.firstOffset()));
        return Promise.resolve();
      },
    });
    return { consumer, firsts };
  }

  it("starts a kept partition again at its committed offset: why `intake` leaves out what we have", async () => {
    const { firsts } = await consume();
    await until(() => firsts[0]!.length > 0 && firsts[1]!.length > 0);
    expect(firsts).toEqual({ 0: [0], 1: [0] });
    await consume();
    await until(() => firsts[0]!.length + firsts[1]!.length > 2);
    expect([...firsts[0]!, ...firsts[1]!]).toEqual([0, 0, 0]);
  });

  it("resolves a commit that it never sent while it stops: why only COMMIT_OFFSETS counts", async () => {
    const { consumer, firsts } = await consume();
    await until(() => firsts[0]!.length > 0);
    const stopping = consumer.stop();
    await consumer.commitOffsets([{ topic: topic.name, partition: 0, offset: "5" }]);
    await stopping;
    expect(await topic.committed()).toEqual([null, null]);
  });
});
