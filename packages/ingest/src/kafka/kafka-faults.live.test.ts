import type { Message, Origin, Source } from "@weir/core";
import { addressThrough, proxyKafka, type KafkaProxy } from "@weir/services/faults";
import { describeLive, liveServices } from "@weir/services/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import {
  createKafkaProducer,
  createKafkaSource,
  onKafkaEvent,
  type KafkaClientOptions,
  type KafkaRecord,
} from "./kafka.ts";
import { LiveTopic, nextEvent, pullSome, until } from "./live-topic.ts";

const signal = new AbortController().signal;
const sessionTimeoutMs = 1_500;

/** Pulls until each partition has given everything below `end`, and settles it. */
async function drainTo(source: Source<KafkaRecord>, end: number): Promise<Message<KafkaRecord>[]> {
  const messages: Message<KafkaRecord>[] = [];
  const isDone = (): boolean =>
    [0, 1].every((partition) => messages.some(({ data }) => data.partition === partition && data.offset === end - 1));
  while (!isDone()) messages.push(...(await pullSome(source, 1_000)));
  return messages;
}

async function settle(source: Source<KafkaRecord>, messages: readonly Message<KafkaRecord>[]): Promise<unknown[]> {
  const tenures = Map.groupBy(messages, ({ origin }) => origin);
  return Promise.all(
    [...tenures].map(([origin, group]) =>
      source.settle({ origin, messages: group, outcomes: [], watermark: group.at(-1)!.offset + 1 }, signal),
    ),
  );
}

const offsetsOf = (messages: readonly Message<KafkaRecord>[], partition: number) =>
  messages.filter(({ data }) => data.partition === partition).map(({ offset }) => offset);

describeLive("Kafka source and producer when the network fails", () => {
  let topic: LiveTopic;
  let proxy: KafkaProxy;
  let client: KafkaClientOptions;
  const sources: Source<KafkaRecord>[] = [];

  beforeEach(async () => {
    topic = await LiveTopic.create(2);
    proxy = await proxyKafka({ brokers: liveServices().brokers });
    client = { ...topic.client, addressOf: addressThrough(proxy.routes), requestTimeoutMs: 1_000 };
  });
  afterEach(async () => {
    await proxy.heal();
    await Promise.all(sources.splice(0).map((source) => source.close()));
    await proxy.close();
    await topic.drop();
  });

  async function openSource() {
    const lost: Origin[] = [];
    const source = createKafkaSource(topic.options({ client, sessionTimeoutMs, rebalanceTimeoutMs: 2_000 }));
    sources.push(source);
    await source.start({ lost: (origin) => void lost.push(origin) });
    return { source, lost };
  }

  it("goes on without hands after its connections were reset and refused, and says so once", async () => {
    const told: string[] = [];
    const stops = [onKafkaEvent("down", () => told.push("down")), onKafkaEvent("up", () => told.push("up"))];
    const { source } = await openSource();
    await topic.fill(100);
    await settle(source, await drainTo(source, 100));
    const down = nextEvent("down");
    await proxy.cut();
    await down;
    await topic.fill(100);
    const up = nextEvent("up");
    await proxy.heal();
    await up;
    const after = await drainTo(source, 200);
    for (const partition of [0, 1]) {
      expect(offsetsOf(after, partition)).toEqual(Array.from({ length: 100 }, (_, i) => i + 100));
    }
    for (const stop of stops) stop();
    expect(told).toEqual(["down", "up"]);
  });

  it("half-open: a connection that is dead without a sign is noticed within a session, and nothing is lost", async () => {
    const { source, lost } = await openSource();
    await topic.fill(100);
    const before = await drainTo(source, 100);
    await settle(
      source,
      before.filter(({ offset }) => offset < 60),
    );
    const restarted = nextEvent("restarted");
    await proxy.halfOpen({ onlyExisting: true });
    await topic.fill(50);
    const { reason } = await restarted;
    expect(["kafka-silent", "kafka-timeout"]).toContain(reason);
    expect(new Set(lost)).toEqual(new Set(before.map(({ origin }) => origin)));
    const after = await drainTo(source, 150);
    for (const partition of [0, 1]) {
      expect(offsetsOf(after, partition)).toEqual(Array.from({ length: 90 }, (_, i) => i + 60));
    }
    expect(await settle(source, after)).toEqual(["settled", "settled"]);
    expect(await topic.committed()).toEqual([150, 150]);
  });

  it("abandoned consumer: the one that was given up does not come back beside its successor", async () => {
    const { source } = await openSource();
    const members = new Set((await topic.admin.groupMembers(topic.group)).map(({ memberId }) => memberId));
    for (let round = 0; round < 2; round += 1) {
      const joined = nextEvent("joined");
      await proxy.halfOpen({ onlyExisting: true });
      members.add((await joined).member);
    }
    const last = [...members].at(-1);
    await until(async () => {
      const now = (await topic.admin.groupMembers(topic.group)).map(({ memberId }) => memberId);
      expect(now.every((member) => members.has(member))).toBe(true);
      return now.length === 1 && now[0] === last;
    });
    expect(members.size).toBe(3);
    await topic.fill(20);
    expect((await drainTo(source, 20)).length).toBe(40);
  });

  it("abandoned consumer: an attempt to start that was given up does not join later", async () => {
    await proxy.cut();
    const starting = openSource();
    await nextEvent("down");
    await proxy.heal();
    const { source } = await starting;
    await topic.fill(5);
    expect((await drainTo(source, 5)).length).toBe(10);
    expect((await topic.admin.groupMembers(topic.group)).length).toBe(1);
  });

  it("closes while Kafka cannot be reached", async () => {
    const { source } = await openSource();
    await proxy.cut();
    await nextEvent("down");
    // Ends at all: whoever waits for the broker here waits until the test's own limit.
    await expect(source.close()).resolves.toBeUndefined();
  });

  it("a send whose answer is lost is called uncertain, and the next records are really written", async () => {
    const producer = createKafkaProducer({ client: { ...client, requestTimeoutMs: 300 } });
    await producer.send(topic.name, [{ value: "before", partition: 0 }]);
    await proxy.halfOpen({ way: "toClient" });
    const failed = await producer
      .send(topic.name, [{ value: "unsure", partition: 0 }])
      .catch((error: unknown) => error);
    expect(failed).toMatchObject({ kind: "dependency", definite: false });
    await proxy.heal();
    await producer.send(topic.name, [{ value: "after", partition: 0 }]);
    await producer.close();
    const values: string[] = [];
    for await (const records of topic.admin.readAll(topic.name))
      values.push(...records.map(({ value }) => String(value)));
    expect(values).toEqual(["before", "unsure", "after"]);
  });

  it("a send to a broker that was never reached has certainly had no effect", async () => {
    const producer = createKafkaProducer({ client: { brokers: ["127.0.0.1:1"] } });
    await expect(producer.send(topic.name, [{ value: "x" }])).rejects.toMatchObject({
      code: "kafka-unreachable",
      kind: "dependency",
      definite: true,
    });
    await producer.close();
  });
});
