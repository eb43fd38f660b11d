import type { Clock } from "@weir/core";
import type { NumberOptions } from "@weir/core/options";

export interface Address {
  readonly host: string;
  readonly port: number;
}

export interface ProxyOptions {
  readonly target: Address;
  /** The port on 127.0.0.1. Default: a free one. */
  readonly listen?: number;
  /** What each direction of each connection may hold, in bytes. Default 1 MiB. */
  readonly bufferedBytesMax?: number;
  /** Connections beyond this many are reset at once. Default 1000. */
  readonly connectionsMax?: number;
  /** Default: the system's. Delays run by it. */
  readonly clock?: Clock;
}

export const proxyNumbers = {
  listen: {
    meaning: "the proxy's port on 127.0.0.1",
    unit: "port",
    min: 1,
    max: 65_535,
    default: undefined,
    tooLow: "below 1024 the system wants root",
    tooHigh: "among the ports for outgoing connections, one may be taken while the proxy is cut",
  },
  bufferedBytesMax: {
    meaning: "what each direction of each connection may hold",
    unit: "bytes",
    min: 1_024,
    max: 1_073_741_824,
    default: 1_048_576,
    tooLow: "a delay also becomes a limit on the rate: this many bytes per delay",
    tooHigh: "a stall takes that much memory, twice per connection",
  },
  connectionsMax: {
    meaning: "connections beyond this many are reset at once",
    unit: "connections",
    min: 1,
    max: 100_000,
    default: 1_000,
    tooLow: "clients are turned away that the server would have taken",
    tooHigh: "clients that reconnect during a half-open fault pile up",
  },
} as const satisfies NumberOptions;

export const delayNumbers = {
  delayMs: {
    meaning: "latency added in one direction",
    unit: "ms",
    min: 0,
    max: 3_600_000,
    default: undefined,
    tooLow: "no fault",
    tooHigh: "clients take it for a stall",
  },
} as const satisfies NumberOptions;
