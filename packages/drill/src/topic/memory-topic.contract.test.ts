import { deserialize, serialize } from "node:v8";
import { setImmediate } from "node:timers";
import { WeirError } from "@weir/core";
import { sourceContract, type SourceHarness } from "@weir/core/contract";
import { describe } from "vitest";
import type { FromMember, ToMember } from "./member-messages.ts";
import { MemoryTopic } from "./memory-topic.ts";
import { RemoteSource } from "./remote-source.ts";

const partitions = 4;

/** As between two processes: a copy, later, in order. */
const across = <T>(message: T, hear: (message: T) => void): void => {
  const bytes = serialize(message);
  setImmediate(() => hear(deserialize(bytes) as T));
};

async function open(): Promise<SourceHarness> {
  const topic = new MemoryTopic({ topic: "orders", group: "test", sessionTimeoutMs: 60_000, exitGraceMs: 0 });
  await topic.create(partitions);
  const { log } = topic;
  let workers = 0;
  const join = (): RemoteSource => {
    workers += 1;
    const send = (message: ToMember): void => across(message, (heard) => source.hear(heard));
    const session = topic.connect({ worker: `worker-${workers}`, send, onDelivered: () => {} });
    const source: RemoteSource = new RemoteSource({
      member: 1,
      send: (message: FromMember) => across(message, (heard) => session.hear(heard)),
    });
    return source;
  };
  return {
    partitions,
    originId: (partition) => topic.originOf(partition),
    append: (partition, records) => {
      for (const { key, value } of records) topic.append(partition, { key, value: Buffer.from(value), headers: {} });
      return Promise.resolve();
    },
    join,
    committed: async () => (await topic.partitions()).map(({ committed }) => committed),
    cut: () => {
      log.settleFault = () => new WeirError("log-away", "the log cannot be reached", { kind: "dependency" });
      return Promise.resolve();
    },
    heal: () => void (log.settleFault = () => undefined),
    close: () => topic.close(),
  };
}

describe("a log in another process", () => sourceContract(open));
