import { describeLive } from "@weir/services/testing";
import type { Message, Source } from "@weir/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createKafkaSource, type KafkaRecord, type KafkaSourceOptions } from "./kafka.ts";
import { LiveTopic, nextEvent, pullSome, until } from "./live-topic.ts";

const signal = new AbortController().signal;

async function pullCount(source: Source<KafkaRecord>, count: number, max = count): Promise<Message<KafkaRecord>[]> {
  const messages: Message<KafkaRecord>[] = [];
  while (messages.length < count) {
    const pulled = await pullSome(source, Math.min(max, count - messages.length));
    expect(pulled.length).toBeLessThanOrEqual(max);
    messages.push(...pulled);
  }
  return messages;
}

function settleAll(source: Source<KafkaRecord>, messages: readonly Message<KafkaRecord>[]): Promise<string[]> {
  const byOrigin = Map.groupBy(messages, ({ origin }) => origin);
  return Promise.all(
    [...byOrigin].map(([origin, group]) => {
      const watermark = Math.max(...group.map(({ offset }) => offset)) + 1;
      return source.settle({ origin, messages: group, outcomes: [], watermark }, signal);
    }),
  );
}

const valuesOf = (messages: readonly Message<KafkaRecord>[]) => messages.map(({ data }) => String(data.value));

describeLive("Kafka source on a real broker", () => {
  let topic: LiveTopic;
  const sources: Source<KafkaRecord>[] = [];
  const lost: string[] = [];

  beforeEach(async () => {
    topic = await LiveTopic.create(3);
  });
  afterEach(async () => {
    await Promise.all(sources.splice(0).map((source) => source.close()));
    lost.length = 0;
    await topic.drop();
  });

  async function open(more: Partial<KafkaSourceOptions> = {}): Promise<Source<KafkaRecord>> {
    const source = createKafkaSource(topic.options(more));
    sources.push(source);
    await source.start({ lost: ({ id }) => void lost.push(id) });
    return source;
  }

  it("brings every record once, in order within its partition, at most as many as were asked for", async () => {
    await topic.fill(500);
    const source = await open({ bufferedMax: 50 });
    const messages = await pullCount(source, 1_500, 70);
    expect(new Set(valuesOf(messages)).size).toBe(1_500);
    for (const group of Map.groupBy(messages, ({ origin }) => origin).values()) {
      expect(group.map(({ offset }) => offset)).toEqual(group.map((_, i) => i));
    }
    const first = messages[0]!;
    expect(first.raw).toBe(first.data.value);
    expect(first.key).toBe(first.data.key);
    expect(first.origin.id).toBe(`${topic.name}/${first.data.partition}`);
  });

  it("answers a pull with nothing once its signal aborts", async () => {
    const source = await open();
    const stop = new AbortController();
    const pulling = source.pull(10, stop.signal);
    stop.abort();
    expect(await pulling).toEqual([]);
    expect(await source.pull(10, stop.signal)).toEqual([]);
  });

  it("hands out nothing of a paused partition, goes on with the others, and resumes where it was", async () => {
    await topic.fill(100);
    const source = await open();
    const [first] = await pullCount(source, 1);
    source.pause(first!.origin);
    const others = await pullCount(source, 200);
    expect(others.every(({ origin }) => origin !== first!.origin)).toBe(true);
    source.resume(first!.origin);
    const rest = await pullCount(source, 99);
    expect(rest.map(({ offset }) => offset)).toEqual(Array.from({ length: 99 }, (_, i) => i + 1));
  });

  it("has committed the watermark when a settle answers, and nothing above it", async () => {
    await topic.fill(100);
    const source = await open();
    const messages = await pullCount(source, 300);
    const upTo = messages.filter(({ offset }) => offset < 40);
    expect(await settleAll(source, upTo)).toEqual(["settled", "settled", "settled"]);
    expect(await topic.committed()).toEqual([40, 40, 40]);
  });

  it("after a restart goes on at what was committed: nothing is lost, and nothing that was settled comes again", async () => {
    await topic.fill(100);
    const first = await open();
    const messages = await pullCount(first, 250);
    await settleAll(
      first,
      messages.filter(({ offset }) => offset < 30),
    );
    await first.close();
    const second = await open();
    const again = await pullCount(second, 210);
    for (const group of Map.groupBy(again, ({ origin }) => origin).values()) {
      expect(group.map(({ offset }) => offset)).toEqual(Array.from({ length: 70 }, (_, i) => i + 30));
    }
  });

  it("keeps null keys and values, empty values, headers and timestamps", async () => {
    const timestampMs = 1_700_000_000_000;
    await topic.producer.send(topic.name, [
      { value: null, partition: 0, timestampMs, headers: { trace: "abc" } },
      { key: "k", value: "", partition: 0 },
    ]);
    const source = await open();
    const [tombstone, empty] = await pullCount(source, 2);
    expect(tombstone).toMatchObject({ key: null, raw: null, data: { value: null, timestampMs } });
    expect(String(tombstone!.data.headers["trace"])).toBe("abc");
    expect(empty!.data.value).toEqual(Buffer.alloc(0));
  });

  it("reads several topics, and tells them apart", async () => {
    const other = await LiveTopic.create(1);
    await Promise.all([topic.fill(10), other.fill(10)]);
    const { topic: _, ...options } = topic.options();
    const source = createKafkaSource({ ...options, topics: [topic.name, other.name] });
    sources.push(source);
    await source.start({ lost: () => {} });
    const messages = await pullCount(source, 40);
    expect(messages.filter(({ data }) => data.topic === other.name).length).toBe(10);
    await settleAll(source, messages);
    expect(await other.admin.committedOffsets(topic.group, other.name)).toEqual([{ partition: 0, offset: 10 }]);
    await other.drop();
  });

  it("stays bounded while nobody pulls: the cap and one fetch of 256 KiB, for each partition", async () => {
    for (let part = 0; part < 20; part += 1) await topic.fill(50, 1_000);
    const source = await open({ bufferedMax: 100, bufferedBytesMax: 10_000 });
    // As long as it takes: long enough to fetch all of it several times over.
    for (let look = 0; look < 50; look += 1) await topic.admin.topicOffsets(topic.name);
    const first = (await source.pull(100_000, signal))!;
    expect(first.length).toBeLessThanOrEqual(3 * (100 + 262));
    expect(await pullCount(source, 3_000 - first.length)).toHaveLength(3_000 - first.length);
  });

  it("reports a missing topic at once, with what to do", async () => {
    const source = createKafkaSource(topic.options({ topic: "not-there" }));
    await expect(source.start({ lost: () => {} })).rejects.toMatchObject({
      code: "missing-topic",
      kind: "programming",
      message: expect.stringContaining("not-there does not exist: create it"),
    });
    await source.close();
  });

  it("gives up at the connect deadline when no broker answers, and says which", async () => {
    const brokers = ["127.0.0.1:1"];
    const source = createKafkaSource(topic.options({ client: { brokers }, connectDeadlineMs: 300 }));
    const down = nextEvent("down");
    await expect(source.start({ lost: () => {} })).rejects.toMatchObject({
      code: "kafka-unreachable",
      kind: "dependency",
      message: expect.stringContaining("127.0.0.1:1 within 300 ms"),
    });
    expect((await down).reason).toBe("kafka-unreachable");
    await source.close();
  });

  it("reports a session timeout that the broker refuses as a mistake, not as an outage", async () => {
    const source = createKafkaSource(topic.options({ sessionTimeoutMs: 101, heartbeatIntervalMs: 30 }));
    await expect(source.start({ lost: () => {} })).rejects.toMatchObject({
      code: "invalid-session-timeout",
      kind: "programming",
    });
    await source.close();
  });

  it("leaves the group when it closes, so that others need not wait for its session", async () => {
    const source = await open({ sessionTimeoutMs: 30_000 });
    await source.close();
    await until(async () => (await topic.admin.groupMembers(topic.group)).length === 0);
    expect(await source.pull(1, signal)).toBeNull();
  });
});
