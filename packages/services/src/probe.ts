import { connect } from "node:net";
import kafkajs from "kafkajs";
import { Client } from "pg";

const CONNECT_TIMEOUT_MS = 2_000;

/** The version of a Postgres that answers a query; throws its driver's error otherwise. */
export async function probePostgres(url: string): Promise<string> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_TIMEOUT_MS });
  client.on("error", () => undefined); // told by the query that fails
  try {
    await client.connect();
    const { rows } = await client.query<{ version: string }>("select current_setting('server_version') as version");
    return (rows[0]?.version ?? "unknown").split(" ")[0] ?? "unknown";
  } finally {
    await client.end().catch(() => undefined); // a connection that never was cannot end
  }
}

/** Resolves when a Kafka cluster names its controller and at least one broker; throws kafkajs's error otherwise. */
export async function probeKafka(brokers: readonly string[]): Promise<void> {
  await Promise.any(brokers.map(listens)); // kafkajs takes much longer to find out
  const kafka = new kafkajs.Kafka({
    clientId: "weir-probe",
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    requestTimeout: CONNECT_TIMEOUT_MS,
    retry: { retries: 0 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    if (cluster.controller === null || cluster.brokers.length === 0) throw new Error("no controller yet");
  } finally {
    await admin.disconnect().catch(() => undefined); // a connection that never was cannot end
  }
}

/** Does anything accept connections at `host:port`? Rejects with the system's error otherwise. */
function listens(address: string): Promise<void> {
  const at = address.lastIndexOf(":");
  return new Promise((resolve, reject) => {
    const socket = connect({ host: address.slice(0, at), port: Number(address.slice(at + 1)) });
    socket.setTimeout(CONNECT_TIMEOUT_MS, () =>
      socket.destroy(Object.assign(new Error("timeout"), { code: "ETIMEDOUT" })),
    );
    socket.once("connect", () => {
      socket.destroy();
      resolve();
    });
    socket.once("error", reject);
  });
}
