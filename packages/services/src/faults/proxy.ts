import net from "node:net";
import { systemClock } from "@weir/core";
import { checkNumbers, refuseFaults } from "@weir/core/options";
import { freePort } from "../free-port.ts";
import { faultsErrors } from "./faults-errors.ts";
import type { Tally, Weather } from "./flow.ts";
import { createLink, type Link, type Way } from "./link.ts";
import { reopen, shut } from "./listener.ts";
import { type Address, delayNumbers, proxyNumbers, type ProxyOptions } from "./proxy-options.ts";

export interface Direction {
  /** Default: both ways. */
  readonly way?: Way;
}

export interface HalfOpen extends Direction {
  /** Connections made from now on work. Default false: they are accepted and are silent, too. */
  readonly onlyExisting?: boolean;
}

export interface ProxyStats {
  /** Open at this moment. */
  readonly connections: number;
  /** Accepted since the start. */
  readonly accepted: number;
  /** Of those, reset at once because of `connectionsMax`. */
  readonly turnedAway: number;
  readonly toServer: Readonly<Tally>;
  readonly toClient: Readonly<Tally>;
}

/** What can be done to the connections of a proxy. Every method resolves when it is true. */
export interface Faults {
  /** Resets all connections and refuses new ones. */
  cut(): Promise<void>;
  /** Ends every fault: accepts connections, no delay, no stall. A connection that was half-open stays so. */
  heal(): Promise<void>;
  /** Adds latency; order is kept. 0 ends it. */
  delay(delayMs: number, direction?: Direction): Promise<void>;
  /** Bytes, ends and resets wait in the proxy until `heal()`, and then go on: what TCP makes of a network split. */
  stall(direction?: Direction): Promise<void>;
  /** Connections stay open, and what is sent is lost; nobody is told of an end. They never recover. */
  halfOpen(options?: HalfOpen): Promise<void>;
  /** Resets the connections of this moment, once. */
  reset(): Promise<void>;
  stats(): ProxyStats;
  /** Resets all connections and listens no more. Safe to repeat; afterwards the other methods reject. */
  close(): Promise<void>;
}

export interface FaultProxy extends Faults {
  /** Where to connect instead of to the target. It stays the same through `cut()` and `heal()`. */
  readonly address: Address;
}

const bothWays: readonly Way[] = ["toServer", "toClient"];

/**
 * A TCP proxy on 127.0.0.1 in front of one server.
 *
 * @throws WeirError `invalid-options`, `port-taken`
 */
export async function createProxy(options: ProxyOptions): Promise<FaultProxy> {
  refuseFaults(checkNumbers(proxyNumbers, options, { others: ["target", "clock"] }));
  const { target, listen, clock = systemClock } = options;
  const bufferedBytesMax = options.bufferedBytesMax ?? proxyNumbers.bufferedBytesMax.default;
  const connectionsMax = options.connectionsMax ?? proxyNumbers.connectionsMax.default;
  const weather = { toServer: fairWeather(), toClient: fairWeather() };
  const tally = { toServer: emptyTally(), toClient: emptyTally() };
  const links = new Set<Link>();
  let [accepted, turnedAway, isClosed] = [0, 0, false];

  const flowOptions = (way: Way) => ({ weather: weather[way], tally: tally[way], clock, bufferedBytesMax });
  const accept = (near: net.Socket): void => {
    accepted += 1;
    if (links.size >= connectionsMax) {
      turnedAway += 1;
      near.on("error", () => undefined).resetAndDestroy();
      return;
    }
    const silent = bothWays.filter((way) => weather[way].isSilentForNew);
    const far = silent.length === 2 ? undefined : net.connect({ ...target, allowHalfOpen: true, noDelay: true });
    const link: Link = createLink({ near, far, flowOptions, onOver: () => links.delete(link) });
    links.add(link);
    link.silence(silent);
  };

  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, accept);
  const port = await reopen(server, listen === undefined ? freePort : () => Promise.resolve(listen));

  const resetAll = async (): Promise<void> => void (await Promise.all([...links].map((link) => link.reset())));
  const cut = async (): Promise<void> => void (await Promise.all([shut(server), resetAll()]));
  const wakeAll = (): void => {
    for (const link of links) link.wake();
  };

  // One order after another: a heal that follows a cut finds the port free again.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = (order: () => Promise<void> | void): Promise<void> => {
    const turn = last.then(() => {
      if (isClosed) throw faultsErrors.proxyClosed();
      return order();
    });
    last = turn.catch(() => undefined);
    return turn;
  };
  const onWays = ({ way }: Direction, change: (one: Weather) => void): void => {
    for (const one of way === undefined ? bothWays : [way]) change(weather[one]);
    wakeAll();
  };

  let closed: Promise<void> | undefined;
  return {
    address: { host: "127.0.0.1", port },
    cut: () => inTurn(cut),
    reset: () => inTurn(resetAll),
    heal: () =>
      inTurn(async () => {
        for (const way of bothWays) Object.assign(weather[way], fairWeather());
        wakeAll();
        for (const link of links) link.heal();
        if (!server.listening) await reopen(server, () => Promise.resolve(port));
      }),
    delay: (delayMs, direction = {}) =>
      inTurn(() => {
        refuseFaults(checkNumbers(delayNumbers, { delayMs }));
        onWays(direction, (one) => (one.delayMs = delayMs));
      }),
    stall: (direction = {}) => inTurn(() => onWays(direction, (one) => (one.isStalled = true))),
    halfOpen: ({ way, onlyExisting = false } = {}) =>
      inTurn(() => {
        const ways = way === undefined ? bothWays : [way];
        if (!onlyExisting) for (const one of ways) weather[one].isSilentForNew = true;
        for (const link of links) link.silence(ways);
      }),
    stats: () => ({
      connections: links.size,
      accepted,
      turnedAway,
      toServer: { ...tally.toServer },
      toClient: { ...tally.toClient },
    }),
    close: () =>
      (closed ??= inTurn(async () => {
        await cut();
        isClosed = true;
      })),
  };
}

const fairWeather = (): Weather => ({ delayMs: 0, isStalled: false, isSilentForNew: false });
const emptyTally = (): Tally => ({ bytes: 0, lostBytes: 0, bufferedBytes: 0 });
