import { describe, expect, it } from "vitest";
import { createKafkaAdmin, createKafkaProducer, createKafkaSource, type KafkaSourceOptions } from "./kafka.ts";

const good: KafkaSourceOptions = { client: { brokers: ["127.0.0.1:9092"] }, groupId: "g", topic: "orders" };

function faultsOf(make: () => unknown): string[] {
  try {
    make();
  } catch (error) {
    expect(error).toMatchObject({ code: "invalid-options", kind: "programming" });
    return (error as Error).message.split("\n").slice(1);
  }
  return [];
}

describe("options of the Kafka source", () => {
  it("are reported all at once, with what was expected and what was given", () => {
    const faults = faultsOf(() =>
      createKafkaSource({
        ...good,
        client: { brokers: ["nowhere"], requestTimeoutMs: 1 },
        groupId: "",
        topic: "or/ders",
        bufferedMax: 0,
        sesionTimeoutMs: 1_000,
      } as KafkaSourceOptions),
    );
    expect(faults).toEqual([
      "  - client.requestTimeoutMs: expected a whole number from 100 to 300000 (ms), given 1",
      '  - client.brokers: expected at least one "host:port", given ["nowhere"]',
      "  - bufferedMax: expected a whole number from 1 to 1000000 (records), given 0",
      "  - sesionTimeoutMs: no such option; did you mean sessionTimeoutMs?",
      "  - groupId: expected a name",
      '  - topic: expected 1 to 249 of the characters a-z A-Z 0-9 . _ -, given "or/ders"',
    ]);
  });

  it("take one topic or several, and not both", () => {
    expect(faultsOf(() => createKafkaSource({ ...good, topics: ["a"] }))).toEqual([
      "  - topic: expected either topic or topics",
    ]);
    const { topic: _, ...rest } = good;
    expect(faultsOf(() => createKafkaSource(rest)).length).toBe(1);
    expect(createKafkaSource({ ...rest, topics: ["a", "b"] }).name).toBe("kafka a b");
  });

  it("want heartbeats more often than the session ends", () => {
    const faults = faultsOf(() => createKafkaSource({ ...good, sessionTimeoutMs: 1_000, heartbeatIntervalMs: 1_000 }));
    expect(faults).toEqual(["  - heartbeatIntervalMs: expected less than sessionTimeoutMs (1000), given 1000"]);
  });

  it("never repeat a password", () => {
    const sasl = { mechanism: "plain", username: "", password: "hush" } as const;
    for (const make of [createKafkaProducer, createKafkaAdmin]) {
      const faults = faultsOf(() => make({ client: { brokers: ["127.0.0.1:9092"], sasl } }));
      expect(faults).toEqual(["  - client.sasl.username: expected a text"]);
      expect(faults.join()).not.toContain("hush");
    }
  });
});
