import { describe } from "vitest";
import { sourceContract } from "../contract/source.contract.ts";
import { WeirError } from "../errors.ts";
import { MemoryLog } from "./testing.ts";

const partitions = 4;

describe("in-memory log", () => {
  sourceContract(() => {
    const log = new MemoryLog({ partitions });
    return Promise.resolve({
      partitions,
      originId: (partition) => `${log.topic}/${partition}`,
      append: (partition, records) => Promise.resolve(log.append(partition, ...records)),
      join: () => log.join(),
      committed: () => Promise.resolve([...log.group().committed]),
      cut: () => {
        log.settleFault = () => new WeirError("log-away", "the log cannot be reached", { kind: "dependency" });
        return Promise.resolve();
      },
      heal: () => void (log.settleFault = () => undefined),
      close: () => Promise.resolve(),
    });
  });
});
