import type { Tally } from "./flow.ts";
import type { Faults, FaultProxy, ProxyStats } from "./proxy.ts";

/** The same fault on several proxies at once; their figures as sums. */
export function proxyGroup(proxies: readonly FaultProxy[]): Faults {
  const all = async (order: (proxy: FaultProxy) => Promise<void>): Promise<void> =>
    void (await Promise.all(proxies.map(order)));
  return {
    cut: () => all((proxy) => proxy.cut()),
    heal: () => all((proxy) => proxy.heal()),
    delay: (delayMs, direction) => all((proxy) => proxy.delay(delayMs, direction)),
    stall: (direction) => all((proxy) => proxy.stall(direction)),
    halfOpen: (options) => all((proxy) => proxy.halfOpen(options)),
    reset: () => all((proxy) => proxy.reset()),
    close: () => all((proxy) => proxy.close()),
    stats: () => proxies.map((proxy) => proxy.stats()).reduce(sum),
  };
}

function sum(left: ProxyStats, right: ProxyStats): ProxyStats {
  return {
    connections: left.connections + right.connections,
    accepted: left.accepted + right.accepted,
    turnedAway: left.turnedAway + right.turnedAway,
    toServer: sumTally(left.toServer, right.toServer),
    toClient: sumTally(left.toClient, right.toClient),
  };
}

function sumTally(left: Tally, right: Tally): Tally {
  return {
    bytes: left.bytes + right.bytes,
    lostBytes: left.lostBytes + right.lostBytes,
    bufferedBytes: left.bufferedBytes + right.bufferedBytes,
  };
}
