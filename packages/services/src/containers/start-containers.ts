import { PostgreSqlContainer } from "@testcontainers/postgresql";
import { GenericContainer, getContainerRuntimeClient, type WaitStrategy } from "testcontainers";
import { brokerSettings, kafkaId } from "../kafka-config.ts";
import type { OpenedSet, SetPlan } from "./container-protocol.ts";
import { setLabel } from "./container-set.ts";

/** Where the images keep their promises. */
const POSTGRES_PORT = 5432;
const KAFKA_PORT = 9092;

// Whether a server answers is seen from outside, by the same probe as for every tier: the checks that run inside a
// container would fork a client four times a second for as long as it lives.
const seenFromOutside: WaitStrategy = {
  waitUntilReady: () => Promise.resolve(),
  withStartupTimeout: () => seenFromOutside,
  isStartupTimeoutSet: () => true,
  getStartupTimeout: () => 0,
};

const AN_HOUR_MS = 3_600_000;

/** The set's network and containers, started by Testcontainers. Whatever has started when it throws is for the caller to remove. */
export async function startContainers(plan: SetPlan): Promise<OpenedSet> {
  const network = await createNetwork(plan.set);
  const labels = { [setLabel]: plan.set };
  const [postgres, kafka] = await Promise.all([
    plan.postgres && postgresContainer(plan.postgres).withNetworkMode(network).withLabels(labels).start(),
    plan.kafka && kafkaContainer(plan.kafka).withNetworkMode(network).withLabels(labels).start(),
  ]);
  return {
    ...(postgres === undefined ? {} : { postgres: postgres.getId() }),
    ...(kafka === undefined ? {} : { kafka: kafka.getId() }),
  };
}

/** A bridge that publishes on 127.0.0.1 only: Testcontainers's own networks publish for everybody. */
async function createNetwork(set: string): Promise<string> {
  const { network } = await getContainerRuntimeClient();
  const Name = `weir-${set}`;
  await network.create({
    Name,
    Driver: "bridge",
    Labels: { [setLabel]: set },
    Options: { "com.docker.network.bridge.host_binding_ipv4": "127.0.0.1" },
  });
  return Name;
}

function postgresContainer({ image, port, user, password }: NonNullable<SetPlan["postgres"]>): PostgreSqlContainer {
  return new PostgreSqlContainer(image)
    .withUsername(user)
    .withPassword(password)
    .withDatabase("postgres")
    .withExposedPorts({ container: POSTGRES_PORT, host: port })
    .withCommand(["postgres", "-c", "shared_buffers=64MB", "-c", "dynamic_shared_memory_type=mmap"])
    .withHealthCheck({ test: ["CMD", "true"], interval: AN_HOUR_MS })
    .withWaitStrategy(seenFromOutside);
}

function kafkaContainer({ image, port }: NonNullable<SetPlan["kafka"]>): GenericContainer {
  return new GenericContainer(image)
    .withExposedPorts({ container: KAFKA_PORT, host: port })
    .withEnvironment(kafkaEnvironment(port))
    .withWaitStrategy(seenFromOutside);
}

/** Clients come back to the advertised address, the published port. The broker itself cannot: it has a listener inside. */
export function kafkaEnvironment(port: number): Record<string, string> {
  const place = {
    "node.id": 1,
    "controller.quorum.voters": "1@127.0.0.1:9093",
    listeners: `PLAINTEXT://0.0.0.0:${KAFKA_PORT},CONTROLLER://127.0.0.1:9093,INSIDE://127.0.0.1:9094`,
    "advertised.listeners": `PLAINTEXT://127.0.0.1:${port},INSIDE://127.0.0.1:9094`,
    "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,INSIDE:PLAINTEXT",
    "inter.broker.listener.name": "INSIDE",
    "log.dirs": "/var/lib/kafka/data",
    // A start in a container takes longer, and a session that ends meanwhile would end the start.
    "broker.session.timeout.ms": 1_500,
    "broker.heartbeat.interval.ms": 300,
  };
  const settings = Object.entries({ ...brokerSettings, ...place });
  return {
    CLUSTER_ID: kafkaId(),
    KAFKA_HEAP_OPTS: "-Xmx256m",
    KAFKA_JVM_PERFORMANCE_OPTS: "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    ...Object.fromEntries(
      settings.map(([key, value]) => [`KAFKA_${key.toUpperCase().replaceAll(".", "_")}`, String(value)]),
    ),
  };
}
