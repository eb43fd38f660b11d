import { sourceContract, type SourceHarness } from "@weir/core/contract";
import { addressThrough, proxyKafka } from "@weir/services/faults";
import { describeLive, liveServices } from "@weir/services/testing";
import { createKafkaSource } from "./kafka.ts";
import { LiveTopic, nextEvent } from "./live-topic.ts";

const partitions = 4;

async function open(): Promise<SourceHarness> {
  const topic = await LiveTopic.create(partitions);
  const proxy = await proxyKafka({ brokers: liveServices().brokers });
  const client = { ...topic.client, addressOf: addressThrough(proxy.routes), requestTimeoutMs: 1_000 };
  return {
    partitions,
    originId: (partition) => `${topic.name}/${partition}`,
    append: (partition, records) =>
      topic.producer.send(
        topic.name,
        records.map((record) => ({ ...record, partition })),
      ),
    join: () => createKafkaSource(topic.options({ client })),
    committed: async () => (await topic.committed()).map((offset) => offset ?? 0),
    cut: async () => {
      const down = nextEvent("down");
      await proxy.cut();
      await down;
    },
    heal: () => void proxy.heal(),
    close: async () => {
      await proxy.close();
      await topic.drop();
    },
  };
}

describeLive("Kafka source on a real broker", () => sourceContract(open));
