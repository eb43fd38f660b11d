import net from "node:net";
import tls from "node:tls";
import { checkNumbers, refuseFaults } from "@weir/core/options";
import type { NumberOptions } from "@weir/core/options";
import kafkajs from "kafkajs";
import type { ISocketFactory, Kafka, LogEntry, SASLOptions } from "kafkajs";

export type SaslMechanism = "plain" | "scram-sha-256" | "scram-sha-512";

export interface KafkaSasl {
  readonly mechanism: SaslMechanism;
  readonly username: string;
  readonly password: string;
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** How to reach a cluster and who we are there. */
export interface KafkaClientOptions {
  /** `host:port` of at least one broker; the others are learnt from it. */
  readonly brokers: readonly string[];
  /** Our name in the brokers' logs and in the consumer group. Default `weir`. */
  readonly clientId?: string;
  /** `true`: TLS with the machine's authorities; or Node's own options (`ca`, `cert`, `key`, …). Default: no TLS. */
  readonly ssl?: boolean | tls.ConnectionOptions;
  readonly sasl?: KafkaSasl;
  readonly connectTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
  /** For brokers behind a tunnel: where to connect for the address that a broker advertises. */
  readonly addressOf?: (advertised: Address) => Address;
}

export const clientNumbers = {
  connectTimeoutMs: {
    meaning: "how long one connection attempt may take, TLS included",
    unit: "ms",
    min: 10,
    max: 300_000,
    default: 3_000,
    tooLow: "a slow network is taken for a dead one",
    tooHigh: "a dead broker holds up the next try",
  },
  requestTimeoutMs: {
    meaning: "how long one answer may take",
    unit: "ms",
    min: 100,
    max: 300_000,
    default: 4_000,
    tooLow: "answers of a busy broker come too late, and writes become uncertain",
    tooHigh: "a dead connection goes unnoticed for that long",
  },
} as const satisfies NumberOptions;

const texts = ["brokers", "clientId", "ssl", "sasl", "addressOf"];
const mechanisms = ["plain", "scram-sha-256", "scram-sha-512"];

/** One line per fault. Values of `sasl` are never repeated. */
export function clientFaults(client: KafkaClientOptions | undefined): string[] {
  if (typeof client !== "object" || client === null) return ['client: expected { brokers: ["host:port"], … }'];
  const faults = checkNumbers(clientNumbers, client, { path: "client.", others: texts });
  const { brokers, clientId, sasl } = client;
  const isBrokers = Array.isArray(brokers) && brokers.length > 0 && brokers.every((broker) => isAddress(broker));
  if (!isBrokers) faults.push(`client.brokers: expected at least one "host:port", given ${JSON.stringify(brokers)}`);
  if (clientId !== undefined && (typeof clientId !== "string" || clientId === "")) {
    faults.push("client.clientId: expected a name");
  }
  if (sasl === undefined) return faults;
  if (!mechanisms.includes(sasl.mechanism))
    faults.push(`client.sasl.mechanism: expected one of ${mechanisms.join(", ")}`);
  for (const name of ["username", "password"] as const) {
    if (typeof sasl[name] !== "string" || sasl[name] === "") faults.push(`client.sasl.${name}: expected a text`);
  }
  return faults;
}

function isAddress(broker: unknown): boolean {
  const match = typeof broker === "string" ? /^(.+):(\d{1,5})$/.exec(broker) : null;
  return match !== null && Number(match[2]) >= 1 && Number(match[2]) <= 65_535;
}

export interface OpenKafka {
  readonly kafka: Kafka;
  /** Ends all of its connections at once, and lets it make no others: what still runs inside of it comes to an end. */
  cut(): void;
}

export interface OpenKafkaOptions {
  readonly retries: number;
  /** The client's own log, errors only. Nothing is printed. */
  onLog?(entry: LogEntry): void;
}

export const retryPace = { initialRetryTime: 100, maxRetryTime: 1_000 } as const;

export function openKafka(client: KafkaClientOptions, options: OpenKafkaOptions): OpenKafka {
  refuseFaults(clientFaults(client));
  const sockets = new Set<net.Socket>();
  let isCut = false;
  const socketFactory: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    if (isCut) throw new Error("this client was given up");
    const socket = connect(client.addressOf?.({ host, port }) ?? { host, port }, host, { ssl, onConnect });
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
    return socket;
  };
  const kafka = new kafkajs.Kafka({
    brokers: [...client.brokers],
    clientId: client.clientId ?? "weir",
    ...(client.ssl !== undefined && { ssl: client.ssl }),
    ...(client.sasl !== undefined && { sasl: copySasl(client.sasl) }),
    connectionTimeout: client.connectTimeoutMs ?? clientNumbers.connectTimeoutMs.default,
    requestTimeout: client.requestTimeoutMs ?? clientNumbers.requestTimeoutMs.default,
    retry: { ...retryPace, retries: options.retries },
    socketFactory,
    logLevel: kafkajs.logLevel.ERROR,
    logCreator: () => (entry) => options.onLog?.(entry),
  });
  return {
    kafka,
    cut: () => {
      isCut = true;
      // With an error: kafkajs does not notice a socket that only closes.
      for (const socket of sockets) socket.destroy(new Error("this client was given up"));
    },
  };
}

/** A copy for each client: kafkajs keeps the login inside of the object it is given, and would go on with an old password. */
function copySasl({ mechanism, username, password }: KafkaSasl): SASLOptions {
  return { mechanism, username, password };
}

const keepAliveMs = 60_000;

function connect(
  address: Address,
  serverName: string,
  { ssl, onConnect }: { ssl: tls.ConnectionOptions | boolean | undefined; onConnect: () => void },
): net.Socket {
  const { host, port } = address;
  const name = net.isIP(serverName) === 0 ? { servername: serverName } : {};
  const socket = ssl
    ? tls.connect({ host, port, ...name, ...(ssl === true ? {} : ssl) }, onConnect)
    : net.connect({ host, port }, onConnect);
  return socket.setKeepAlive(true, keepAliveMs).setNoDelay(true);
}
