import type { Clock } from "@weir/core";
import kafkajs from "kafkajs";
import { faultsErrors } from "./faults-errors.ts";
import { createProxy, type FaultProxy, type Faults } from "./proxy.ts";
import type { Address } from "./proxy-options.ts";
import { proxyGroup } from "./proxy-group.ts";

const LOOK_UP_TIMEOUT_MS = 5_000;

/** `host:port` as a broker advertises it → where to connect instead. Plain data, for a message to a worker process. */
export type Routes = Readonly<Record<string, Address>>;

export interface KafkaProxyOptions {
  /** `host:port`, PLAINTEXT. */
  readonly brokers: readonly string[];
  readonly clock?: Clock;
}

export interface KafkaProxy extends Faults {
  /** The proxies' own addresses as `host:port`, one for each of the brokers that were given. */
  readonly brokers: readonly string[];
  readonly routes: Routes;
  /** The proxy of one broker, by its advertised `host:port`, to hurt it alone. */
  proxyOf(broker: string): FaultProxy;
}

/**
 * A proxy in front of every broker of a running cluster: those given, and those that they advertise. A client goes
 * through them with `brokers` and `addressOf: addressThrough(routes)`.
 *
 * @throws WeirError `invalid-address`, `no-answer`, `port-taken`
 */
export async function proxyKafka({ brokers, clock }: KafkaProxyOptions): Promise<KafkaProxy> {
  const given = brokers.map(parseBroker);
  const targets = new Map([...given, ...(await advertised(brokers))].map((target) => [nameOf(target), target]));
  const proxies = new Map<string, FaultProxy>();
  try {
    for (const [name, target] of targets) {
      proxies.set(name, await createProxy({ target, ...(clock !== undefined && { clock }) }));
    }
  } catch (cause) {
    await proxyGroup([...proxies.values()]).close();
    throw cause;
  }
  const proxyOf = (broker: string): FaultProxy => {
    const proxy = proxies.get(broker);
    if (proxy === undefined) throw faultsErrors.strayBroker(broker);
    return proxy;
  };
  const pairs = [...proxies].flatMap(([name, { address }]) => [
    [name, address] as const,
    [nameOf(address), address] as const, // who starts at a proxy stays there
  ]);
  return {
    ...proxyGroup([...proxies.values()]),
    brokers: given.map((broker) => nameOf(proxyOf(nameOf(broker)).address)),
    routes: Object.fromEntries(pairs),
    proxyOf,
  };
}

/** For the Kafka client's `addressOf`. Throws `stray-broker` for an address without a proxy, rather than go past the faults. */
export function addressThrough(routes: Routes): (advertised: Address) => Address {
  return (address) => {
    const name = nameOf(address);
    const route = Object.hasOwn(routes, name) ? routes[name] : undefined;
    if (route === undefined) throw faultsErrors.strayBroker(name);
    return route;
  };
}

const nameOf = ({ host, port }: Address): string => `${host}:${port}`;

function parseBroker(broker: string): Address {
  const [, host, port] = /^(.+):(\d{1,5})$/.exec(broker) ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw faultsErrors.invalidAddress(`brokers: expected "host:port", given ${JSON.stringify(broker)}`);
  }
  return { host: host.replace(/^\[(.*)\]$/, "$1"), port: Number(port) };
}

async function advertised(brokers: readonly string[]): Promise<Address[]> {
  const kafka = new kafkajs.Kafka({
    clientId: "weir-faults",
    brokers: [...brokers],
    logLevel: kafkajs.logLevel.NOTHING,
    connectionTimeout: LOOK_UP_TIMEOUT_MS,
    requestTimeout: LOOK_UP_TIMEOUT_MS,
    retry: { retries: 2 },
  });
  const admin = kafka.admin();
  try {
    await admin.connect();
    const cluster = await admin.describeCluster();
    return cluster.brokers.map(({ host, port }) => ({ host, port }));
  } catch (cause) {
    throw faultsErrors.noAnswer(`Kafka at ${brokers.join(", ")}`, cause);
  } finally {
    await admin.disconnect().catch(() => undefined); // a connection that never was cannot end
  }
}
