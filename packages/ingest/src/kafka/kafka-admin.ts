import { refuseFaults } from "@weir/core/options";
import kafkajs from "kafkajs";
import type { Admin } from "kafkajs";
import { clientFaults, openKafka, type KafkaClientOptions, type OpenKafka } from "./kafka-client.ts";
import { kafkaError, kafkaErrors } from "./kafka-errors.ts";
import type { KafkaRecord } from "./kafka-record.ts";
import { readTopic, type ReadTopicOptions } from "./read-topic.ts";

export interface TopicInit {
  readonly topic: string;
  readonly partitions: number;
  /** Default 1. */
  readonly replicas?: number;
  /** The broker's own names, e.g. `{ "retention.ms": "604800000" }`. */
  readonly config?: Readonly<Record<string, string>>;
}

export interface PartitionOffsets {
  readonly partition: number;
  /** The first offset that is there. */
  readonly low: number;
  /** The offset that the next record will get. */
  readonly high: number;
}

export interface CommittedOffset {
  readonly partition: number;
  /** `null`: the group has committed nothing of this partition. */
  readonly offset: number | null;
}

export interface GroupMember {
  readonly memberId: string;
  readonly clientId: string;
  readonly assigned: readonly { readonly topic: string; readonly partition: number }[];
}

/** Looks at a cluster from outside, and makes and removes topics. All methods reject with `WeirError`. */
export interface KafkaAdmin {
  /** Resolves when each partition has a leader. Rejects with `topic-exists`. */
  createTopic(topic: TopicInit): Promise<void>;
  deleteTopic(topic: string): Promise<void>;
  topicOffsets(topic: string): Promise<PartitionOffsets[]>;
  committedOffsets(group: string, topic: string): Promise<CommittedOffset[]>;
  /** Empty while the group is being divided. */
  groupMembers(group: string): Promise<GroupMember[]>;
  /** Every record from the beginning up to where the log ends now, in chunks; order is kept within a partition. */
  readAll(topic: string, options?: ReadTopicOptions): AsyncIterable<readonly KafkaRecord[]>;
  close(): Promise<void>;
}

/** Throws `invalid-options`. Connects at the first call. */
export function createKafkaAdmin(options: { readonly client: KafkaClientOptions }): KafkaAdmin {
  refuseFaults(clientFaults(options.client));
  return new LazyAdmin(options.client);
}

interface Connected {
  readonly open: OpenKafka;
  readonly admin: Promise<Admin>;
}

class LazyAdmin implements KafkaAdmin {
  readonly #client: KafkaClientOptions;
  #connected: Connected | null = null;
  #isClosed = false;

  constructor(client: KafkaClientOptions) {
    this.#client = client;
  }

  createTopic({ topic, partitions, replicas = 1, config = {} }: TopicInit): Promise<void> {
    const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
    const init = { topic, numPartitions: partitions, replicationFactor: replicas, configEntries };
    return this.#run(async (admin) => {
      // The client answers `false` for a topic that exists, where every other trouble is an error.
      if (!(await admin.createTopics({ topics: [init], waitForLeaders: false }))) throw kafkaErrors.topicExists(topic);
      await untilItHasLeaders(admin, topic);
    });
  }

  deleteTopic(topic: string): Promise<void> {
    return this.#run((admin) => admin.deleteTopics({ topics: [topic] }));
  }

  topicOffsets(topic: string): Promise<PartitionOffsets[]> {
    return this.#run(async (admin) => {
      const offsets = await admin.fetchTopicOffsets(topic);
      return inOrder(offsets.map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) })));
    });
  }

  committedOffsets(group: string, topic: string): Promise<CommittedOffset[]> {
    return this.#run(async (admin) => {
      const found = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      const partitions = found.find((each) => each.topic === topic)?.partitions ?? [];
      return inOrder(
        partitions.map(({ partition, offset }) => ({ partition, offset: Number(offset) < 0 ? null : Number(offset) })),
      );
    });
  }

  groupMembers(group: string): Promise<GroupMember[]> {
    return this.#run(async (admin) => {
      const { groups } = await admin.describeGroups([group]);
      return (groups[0]?.members ?? []).map(({ memberId, clientId, memberAssignment }) => ({
        memberId,
        clientId,
        assigned: decodeAssignment(memberAssignment),
      }));
    });
  }

  readAll(topic: string, options: ReadTopicOptions = {}): AsyncIterable<readonly KafkaRecord[]> {
    return readTopic(this.#client, topic, options);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const connected = this.#connected;
    this.#connected = null;
    await connected?.admin.then((admin) => admin.disconnect()).catch(() => undefined);
    connected?.open.cut();
  }

  async #run<T>(call: (admin: Admin) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw kafkaErrors.closed("this admin");
    const connected = (this.#connected ??= this.#connect());
    try {
      return await call(await connected.admin);
    } catch (thrown) {
      const error = kafkaError(thrown);
      // A connection in trouble is not used again.
      if (error.kind === "dependency" && this.#connected === connected) {
        connected.open.cut();
        this.#connected = null;
      }
      throw error;
    }
  }

  #connect(): Connected {
    const open = openKafka(this.#client, { retries: 5 });
    const admin = open.kafka.admin();
    return { open, admin: admin.connect().then(() => admin) };
  }
}

const leadersDeadlineMs = 15_000;

/** A topic that was just made is unknown for a moment; the client's own wait takes that for an error. */
async function untilItHasLeaders(admin: Admin, topic: string): Promise<void> {
  const startedMs = performance.now();
  while (!(await hasLeaders(admin, topic))) {
    if (performance.now() - startedMs > leadersDeadlineMs) throw kafkaErrors.withoutLeader(topic, leadersDeadlineMs);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function hasLeaders(admin: Admin, topic: string): Promise<boolean> {
  try {
    const { topics } = await admin.fetchTopicMetadata({ topics: [topic] });
    return topics[0]?.partitions.every(({ leader }) => leader >= 0) === true;
  } catch (thrown) {
    const error = kafkaError(thrown);
    if (error.code === "missing-topic" || error.code === "leader-moving") return false;
    throw error;
  }
}

function decodeAssignment(bytes: Buffer): GroupMember["assigned"] {
  if (bytes.length === 0) return [];
  const { assignment = {} } = kafkajs.AssignerProtocol.MemberAssignment.decode(bytes) ?? {};
  return Object.entries(assignment).flatMap(([topic, partitions]) =>
    partitions.map((partition) => ({ topic, partition })),
  );
}

function inOrder<T extends { readonly partition: number }>(partitions: readonly T[]): T[] {
  return partitions.toSorted((a, b) => a.partition - b.partition);
}
