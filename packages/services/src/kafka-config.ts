import { randomBytes } from "node:crypto";
import { join } from "node:path";

export const KAFKA_VERSION = "4.4.0";

export interface KafkaPlace {
  readonly dataFolder: string;
  readonly port: number;
  readonly controllerPort: number;
}

/** 22 characters of base64url: what Kafka takes for a cluster's or a folder's id. Never with a leading dash, which its tools take for a flag. */
export function kafkaId(): string {
  const id = randomBytes(16).toString("base64url");
  return id.startsWith("-") ? kafkaId() : id;
}

/** What every broker of ours is told, wherever it runs: small, quick to rebalance and to come back. */
export const brokerSettings = {
  "process.roles": "broker,controller",
  "controller.listener.names": "CONTROLLER",
  // A topic that nobody made is a mistake, and must look like one.
  "auto.create.topics.enable": false,
  "offsets.topic.replication.factor": 1,
  "offsets.topic.num.partitions": 1,
  "transaction.state.log.replication.factor": 1,
  "transaction.state.log.min.isr": 1,
  "transaction.state.log.num.partitions": 1,
  "share.coordinator.state.topic.replication.factor": 1,
  "share.coordinator.state.topic.num.partitions": 1,
  "group.initial.rebalance.delay.ms": 0,
  // Drills use short sessions: the default of 6 s would refuse them.
  "group.min.session.timeout.ms": 1000,
  // Otherwise a broker that was killed finds itself still registered for 9 s after its restart.
  "broker.session.timeout.ms": 1000,
  "broker.heartbeat.interval.ms": 200,
  // Each of these halves the memory of a broker that carries little.
  "log.cleaner.dedupe.buffer.size": 2_097_152,
  "log.index.size.max.bytes": 1_048_576,
  "num.network.threads": 1,
  "num.io.threads": 2,
  "background.threads": 1,
  "group.coordinator.threads": 1,
  "share.coordinator.threads": 1,
} as const;

/** `server.properties` of one node that is broker and controller. */
export function serverProperties({ dataFolder, port, controllerPort }: KafkaPlace): string {
  return lines({
    ...brokerSettings,
    "node.id": 1,
    "controller.quorum.voters": `1@127.0.0.1:${controllerPort}`,
    listeners: `PLAINTEXT://127.0.0.1:${port},CONTROLLER://127.0.0.1:${controllerPort}`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port}`,
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
    "log.dirs": dataFolder,
  });
}

/** `meta.properties`: what marks a data folder as this node's. */
export function metaProperties(): string {
  return lines({ version: 1, "cluster.id": kafkaId(), "node.id": 1, "directory.id": kafkaId() });
}

/** Where a data folder holds the metadata features that a formatted one begins with. */
export const checkpointFile = (dataFolder: string): string =>
  join(dataFolder, "__cluster_metadata-0", "00000000000000000000-0000000000.checkpoint");

function lines(properties: Readonly<Record<string, string | number | boolean>>): string {
  return Object.entries(properties)
    .map(([key, value]) => `${key}=${value}\n`)
    .join("");
}
