import type { Message, Origin, Source } from "@weir/core";
import { addressThrough, proxyKafka, type KafkaProxy } from "@weir/services/faults";
import { describeLive } from "@weir/services/testing";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createKafkaSource, onKafkaEvent, type KafkaEvents, type KafkaRecord } from "./kafka.ts";
import { LiveTopic, nextEvent, pullSome, until } from "./live-topic.ts";

const signal = new AbortController().signal;

async function pull(source: Source<KafkaRecord>, count: number): Promise<readonly Message<KafkaRecord>[]> {
  const messages: Message<KafkaRecord>[] = [];
  while (messages.length < count) messages.push(...(await pullSome(source, count)));
  return messages;
}

function settle(source: Source<KafkaRecord>, messages: readonly Message[], watermark: number) {
  const origins = [...new Set(messages.map(({ origin }) => origin))];
  return Promise.all(origins.map((origin) => source.settle({ origin, messages: [], outcomes: [], watermark }, signal)));
}

/** A member is cut off without a sign while a commit of its is on the way; another takes everything over, and it comes back. */
describeLive("Kafka source whose partitions were taken over while it was cut off", () => {
  let topic: LiveTopic;
  let proxy: KafkaProxy;
  const sources: Source<KafkaRecord>[] = [];

  beforeEach(async () => {
    topic = await LiveTopic.create(2);
    proxy = await proxyKafka({ brokers: topic.client.brokers });
    await topic.fill(10);
  });
  afterEach(async () => {
    await proxy.heal();
    await Promise.all(sources.splice(0).map((source) => source.close()));
    await proxy.close();
    await topic.drop();
  });

  async function join(name: string, client = topic.client) {
    // The group waits one second for a member, which is cut off, and the member itself notices nothing meanwhile.
    const options = topic.options({ name, client, sessionTimeoutMs: 8_000, rebalanceTimeoutMs: 1_000 });
    const source = createKafkaSource(options);
    sources.push(source);
    const lost: Origin[] = [];
    await source.start({ lost: (origin) => void lost.push(origin) });
    return { source, lost };
  }

  /** The first one has pulled everything, and its settles are on their way; the heir owns all and has pulled it, too. */
  async function takeOver() {
    const client = { ...topic.client, addressOf: addressThrough(proxy.routes), requestTimeoutMs: 20_000 };
    const first = await join("first", client);
    const before = await pull(first.source, 20);
    await proxy.stall({ way: "toServer" });
    const settling = settle(first.source, before, 5);
    const { source: heir } = await join("heir");
    const taken = await pull(heir, 20);
    expect(await settle(heir, taken, 10)).toEqual(["settled", "settled"]);
    expect(first.lost).toEqual([]);
    return { first, before, settling, heir };
  }

  it("resent commit: what it had sent as the owner does not come in over the new owner's, and its settles answer lost", async () => {
    const { first, before, settling } = await takeOver();
    const back = nextEvent("joined", ({ source, gained }) => source === "first" && gained.length > 0);
    // An error of the network, which the client's own retrier would answer by sending the same list under its next generation.
    await proxy.reset();
    await proxy.heal();
    expect(await settling).toEqual(["lost", "lost"]);
    expect(new Set(first.lost)).toEqual(new Set(before.map(({ origin }) => origin)));
    const { gained } = await back;
    await topic.fill(5);
    const after = await pull(first.source, 5 * gained.length);
    expect(await settle(first.source, after, 15)).toEqual(gained.map(() => "settled"));
    // It can commit again, so anything that the client kept for later would have come by now.
    const places = [0, 1].map((partition) => (gained.includes(`${topic.name}/${partition}`) ? 15 : 10));
    expect(await topic.committed()).toEqual(places);
  });

  it("same partitions, new member: what it held is lost and gained anew, and starts where the other one has committed", async () => {
    const { first, before, settling, heir } = await takeOver();
    const joined: KafkaEvents["joined"][] = [];
    const stop = onKafkaEvent("joined", (event) => void (event.source === "first" && joined.push(event)));
    await heir.close();
    await proxy.heal();
    expect(await settling).toEqual(["lost", "lost"]);
    await until(() => joined.length > 0);
    stop();
    expect(joined[0]).toMatchObject({ retained: [], gained: [`${topic.name}/0`, `${topic.name}/1`] });
    expect(new Set(first.lost)).toEqual(new Set(before.map(({ origin }) => origin)));
    await topic.fill(5);
    const after = await pull(first.source, 10);
    expect(after.map(({ offset }) => offset).toSorted((a, b) => a - b)).toEqual([
      10, 10, 11, 11, 12, 12, 13, 13, 14, 14,
    ]);
    expect(await settle(first.source, before, 7)).toEqual(["lost", "lost"]);
    expect(await settle(first.source, after, 15)).toEqual(["settled", "settled"]);
    expect(await topic.committed()).toEqual([15, 15]);
  });
});
