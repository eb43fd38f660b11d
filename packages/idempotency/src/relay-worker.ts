/** For live tests: a relay in a process of its own, which can be killed and stopped at the two steps around its sends. */
import { createKafkaProducer } from "@weir/ingest/kafka";
import { createDatabase } from "@weir/postgres";
import { createOutboxRelay } from "./outbox-relay.ts";

export interface RelayOrder {
  readonly databaseUrl: string;
  readonly schema: string;
  readonly brokers: readonly string[];
  readonly leaseMs: number;
  /** At which step of its first send it tells, and waits to be told `go`. */
  readonly holdAt: "before-send" | "after-send";
}

/** `held`: it stands at its step. `sent`: Kafka has what it held. */
export type FromRelay = "held" | "sent";

const { promise: gate, resolve: open } = Promise.withResolvers<void>();
const tell = (message: FromRelay): void => void process.send?.(message);

async function hold(): Promise<void> {
  tell("held");
  await gate;
}

function start({ databaseUrl, schema, brokers, leaseMs, holdAt }: RelayOrder): void {
  const database = createDatabase({ url: databaseUrl, poolMax: 3 });
  const kafka = createKafkaProducer({ client: { brokers: [...brokers], clientId: "relay-worker" } });
  const producer: Pick<typeof kafka, "send"> = {
    async send(topic, records) {
      if (holdAt === "before-send") await hold();
      await kafka.send(topic, records);
      if (holdAt === "after-send") await hold();
      tell("sent");
    },
  };
  createOutboxRelay({ database, schema, producer, name: "worker", leaseMs, pollMs: 10, batchMax: 20 }).start();
}

process.on("message", (order: RelayOrder | "go") => {
  if (order === "go") open();
  else start(order);
});
process.on("disconnect", () => process.exit(0));
