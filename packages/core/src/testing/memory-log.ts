import type { Ownership } from "../ownership.ts";
import { MemoryGroup } from "./memory-group.ts";
import { MemoryMember, type LogRecord, type SettleFault } from "./memory-member.ts";

export interface JoinOptions {
  /** Answer `null` to a pull once every record that there is has been handed out. */
  readonly untilEnd?: boolean;
  readonly group?: string;
  /** Claims each partition before its first record is handed out. */
  readonly ownership?: Ownership;
}

/**
 * A Kafka-like log inside the process: partitions, consumer groups with eager rebalancing, epochs, committed offsets,
 * redelivery. For schedules that a real broker cannot be forced into; it passes the same contract suite.
 */
export class MemoryLog {
  readonly topic: string;
  readonly partitions: LogRecord[][];
  readonly #groups = new Map<string, MemoryGroup>();
  settleFault: SettleFault = () => undefined;

  constructor(options: { readonly partitions: number; readonly topic?: string }) {
    this.topic = options.topic ?? "log";
    this.partitions = Array.from({ length: options.partitions }, () => []);
  }

  append(partition: number, ...records: readonly LogRecord[]): void {
    this.partitions[partition]?.push(...records);
    for (const group of this.#groups.values()) group.wake();
  }

  /** A new member of the group, as a source. It takes part once it is started, and leaves when it is closed. */
  join(options: JoinOptions = {}): MemoryMember {
    return new MemoryMember(this, this.group(options.group ?? "default"), options);
  }

  group(name = "default"): MemoryGroup {
    let group = this.#groups.get(name);
    if (group === undefined) {
      group = new MemoryGroup(this.partitions.length);
      this.#groups.set(name, group);
    }
    return group;
  }
}
