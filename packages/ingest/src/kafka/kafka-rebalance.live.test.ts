import { createPipeline, done } from "@weir/core";
import type { Message, Origin, Pipeline, Source } from "@weir/core";
import { MemoryDeadLetters } from "@weir/core/testing";
import { describeLive } from "@weir/services/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createKafkaSource, onKafkaEvent, type KafkaEvents, type KafkaRecord } from "./kafka.ts";
import { LiveTopic, nextEvent, pullSome, until } from "./live-topic.ts";

const signal = new AbortController().signal;
const partitions = 6;

/** A member of the group: a pipeline that writes down what it handled, by tenure. */
class Member {
  readonly handled = new Map<Origin, number[]>();
  readonly pipeline: Pipeline;
  isHolding = false;
  #letGo: (() => void)[] = [];

  constructor(topic: LiveTopic, name: string, more: Parameters<LiveTopic["options"]>[0] = {}) {
    this.pipeline = createPipeline<KafkaRecord, undefined>({
      name,
      deadLetters: new MemoryDeadLetters(),
      source: createKafkaSource(topic.options({ name, ...more })),
      process: { handle: (message) => this.#handle(message), concurrency: 4, maxDemand: 50 },
      drainDeadlineMs: 10_000,
    });
  }

  get values(): string[] {
    return [...this.handled].flatMap(([{ id }, offsets]) => offsets.map((offset) => `${id}@${offset}`));
  }

  letGo(): void {
    this.isHolding = false;
    for (const go of this.#letGo.splice(0)) go();
  }

  async #handle({ origin, offset }: Message<KafkaRecord>) {
    const offsets = this.handled.get(origin) ?? [];
    offsets.push(offset);
    this.handled.set(origin, offsets);
    if (this.isHolding) await new Promise<void>((resolve) => this.#letGo.push(resolve));
    return done();
  }
}

describeLive("Kafka source in a group that changes", () => {
  let topic: LiveTopic;
  const members: Member[] = [];
  const sources: Source<KafkaRecord>[] = [];

  beforeEach(async () => {
    topic = await LiveTopic.create(partitions);
  });
  afterEach(async () => {
    await Promise.all(members.splice(0).map(({ pipeline }) => pipeline.drain({ deadlineMs: 0 })));
    await Promise.all(sources.splice(0).map((source) => source.close()));
    await topic.drop();
  });

  function newMember(name: string, more: Parameters<LiveTopic["options"]>[0] = {}): Member {
    const member = new Member(topic, name, more);
    members.push(member);
    return member;
  }

  async function openSource(name: string, more: Parameters<LiveTopic["options"]>[0] = {}) {
    const source = createKafkaSource(topic.options({ name, ...more }));
    sources.push(source);
    const lost: Origin[] = [];
    await source.start({ lost: (origin) => void lost.push(origin) });
    return { source, lost };
  }

  const everything = (perPartition: number): Set<string> => {
    const all = Array.from({ length: partitions * perPartition }, (_, i) => i);
    return new Set(all.map((i) => `${topic.name}/${i % partitions}@${Math.floor(i / partitions)}`));
  };

  it("carries kept partitions over when another joins: nothing lost, nothing twice within a tenure", async () => {
    const joined: KafkaEvents["joined"][] = [];
    const stop = onKafkaEvent("joined", (event) => joined.push(event));
    const truncated: string[] = [];
    const stopTruncated = onKafkaEvent("truncated", ({ origin }) => truncated.push(origin));
    const [a, b] = [newMember("a"), newMember("b")];
    await topic.fill(500);
    a.isHolding = true;
    await a.pipeline.start();
    await until(() => a.values.length >= 4);
    const joining = b.pipeline.start();
    await nextEvent("joined", ({ source, retained }) => source === "a" && retained.length > 0);
    a.letGo();
    await joining;
    await topic.fill(500);
    await until(() => new Set([...a.values, ...b.values]).size === 1_000 * partitions);
    stop();
    stopTruncated();
    expect(truncated).toEqual([]);
    expect(new Set([...a.values, ...b.values])).toEqual(everything(1_000));
    for (const offsets of [...a.handled.values(), ...b.handled.values()]) {
      expect(new Set(offsets).size).toBe(offsets.length);
    }
    const division = joined.find(({ source, retained }) => source === "a" && retained.length > 0);
    expect(division).toMatchObject({ gained: [] });
    expect(division!.retained.length + division!.lost.length).toBe(partitions);
    expect(b.values.length).toBeGreaterThan(0);
  });

  it("commit in a rebalance: what is settled is committed as soon as the group begins to change", async () => {
    await topic.fill(10);
    const { source } = await openSource("a", { commitIntervalMs: 600_000 });
    const messages: Message<KafkaRecord>[] = [];
    while (messages.length < 60) messages.push(...(await pullSome(source, 60)));
    const settles = [...new Set(messages.map(({ origin }) => origin))].map((origin) =>
      source.settle({ origin, messages: [], outcomes: [], watermark: 10 }, signal),
    );
    await openSource("b");
    expect(new Set(await Promise.all(settles))).toEqual(new Set(["settled"]));
    expect(await topic.committed()).toEqual([10, 10, 10, 10, 10, 10]);
  });

  it("stale pause, stale seek: a partition that comes back flows again, from its committed offset", async () => {
    await topic.fill(20);
    const { source, lost } = await openSource("a");
    const before: Message<KafkaRecord>[] = [];
    while (before.length < 120) before.push(...(await pullSome(source, 120)));
    for (const origin of new Set(before.map((message) => message.origin))) {
      source.pause(origin);
      await source.settle({ origin, messages: [], outcomes: [], watermark: 5 }, signal);
    }
    const { source: other } = await openSource("b");
    await until(() => lost.length > 0);
    const gaveAway = new Set(lost.map(({ id }) => id));
    await other.close();
    await nextEvent("joined", ({ source: name, gained }) => name === "a" && gained.length === gaveAway.size);
    const after: Message<KafkaRecord>[] = [];
    while (after.length < 15 * gaveAway.size) after.push(...(await pullSome(source, 1_000)));
    for (const [origin, group] of Map.groupBy(after, (message) => message.origin)) {
      expect(gaveAway.has(origin.id)).toBe(true);
      expect(group.map(({ offset }) => offset)).toEqual(Array.from({ length: 15 }, (_, i) => i + 5));
    }
  });

  it("never commits for a tenure that has ended: a late settle answers lost and the new owner's position stays", async () => {
    await topic.fill(20);
    const { source, lost } = await openSource("a");
    const messages: Message<KafkaRecord>[] = [];
    while (messages.length < 120) messages.push(...(await pullSome(source, 120)));
    const { source: other } = await openSource("b");
    await until(() => lost.length > 0);
    const gone = lost[0]!;
    const taken = (await other.pull(1, signal))!;
    await other.settle({ origin: taken[0]!.origin, messages: [], outcomes: [], watermark: 7 }, signal);
    expect(await source.settle({ origin: gone, messages: [], outcomes: [], watermark: 20 }, signal)).toBe("lost");
    const committed = await topic.committed();
    expect(committed[taken[0]!.data.partition]).toBe(7);
    expect(committed.filter((offset) => offset === 20)).toEqual([]);
  });

  it("commit while stopping: a drain in the middle of a rebalance leaves nothing that it called settled to others", async () => {
    const confirmed = new Map<string, number>();
    const stop = onKafkaEvent("committed", ({ source, offsets }) => {
      if (source === "a") for (const { origin, offset } of offsets) confirmed.set(origin, offset);
    });
    const [a, b] = [newMember("a"), newMember("b")];
    await topic.fill(1_000);
    await a.pipeline.start();
    await until(() => a.values.length > 500);
    const [report] = await Promise.all([a.pipeline.drain(), b.pipeline.start()]);
    await until(() => new Set([...a.values, ...b.values]).size === 1_000 * partitions);
    stop();
    expect(report.uncertain).toBe(0);
    expect(report.pulled).toBe(report.settled + report.released);
    for (const [{ id }, offsets] of b.handled) {
      expect(Math.min(...offsets)).toBeGreaterThanOrEqual(confirmed.get(id) ?? 0);
    }
  });

  it("listener throws: the source stops with that error instead of going silent", async () => {
    const source = createKafkaSource(topic.options({ name: "a" }));
    sources.push(source);
    await source.start({
      lost: () => {
        throw new TypeError("listener is broken");
      },
    });
    const pulling = source.pull(1, signal);
    const failed = expect(pulling).rejects.toMatchObject({ code: "unexpected", kind: "programming" });
    await openSource("b");
    await failed;
  });

  it("topic recreated: what is in the new topic is delivered, in a new tenure, although its offsets begin below ours", async () => {
    const told: KafkaEvents["truncated"][] = [];
    const stop = onKafkaEvent("truncated", (event) => told.push(event));
    const { source, lost } = await openSource("a");
    await topic.fill(50);
    const before: Message<KafkaRecord>[] = [];
    while (before.length < 300) before.push(...(await pullSome(source, 300)));
    await topic.admin.deleteTopic(topic.name);
    await topic.make();
    await topic.fill(10);
    const after: Message<KafkaRecord>[] = [];
    while (after.length < 60) after.push(...(await pullSome(source, 300)));
    const old = new Set(before.map(({ origin }) => origin));
    expect(after.every(({ origin }) => !old.has(origin))).toBe(true);
    expect(after.every(({ offset }) => offset < 10)).toBe(true);
    expect(new Set(lost)).toEqual(old);
    stop();
    expect(told.length).toBe(partitions);
    expect(told[0]).toMatchObject({ source: "a", expected: 50, logEnd: 10 });
  });
});
