import type { Clock } from "@weir/core";
import { faultsErrors } from "./faults-errors.ts";
import { createProxy, type FaultProxy } from "./proxy.ts";

const DEFAULT_PORT = 5432;

export interface PostgresProxyOptions {
  /** `postgres://…` of a server that is reached by TCP. */
  readonly url: string;
  readonly clock?: Clock;
}

export interface PostgresProxy extends FaultProxy {
  /** The given URL, leading through the proxy. With its password: never for a log. */
  readonly url: string;
}

/**
 * A proxy in front of one Postgres server.
 *
 * @throws WeirError `invalid-address`, `port-taken`
 */
export async function proxyPostgres({ url, clock }: PostgresProxyOptions): Promise<PostgresProxy> {
  const through = parseUrl(url);
  const target = targetOf(through);
  const proxy = await createProxy({ target, ...(clock !== undefined && { clock }) });
  through.searchParams.delete("host");
  through.searchParams.delete("port");
  through.hostname = proxy.address.host;
  through.port = String(proxy.address.port);
  return { ...proxy, url: through.href };
}

// The sentences leave the URL out: it holds a password.
function parseUrl(url: string): URL {
  const parsed = URL.parse(url);
  if (parsed !== null && /^postgres(ql)?:$/.test(parsed.protocol) && parsed.hostname !== "") return parsed;
  throw faultsErrors.invalidAddress("url: expected postgres://user:password@host:port/database");
}

/** Parameters win over the address part, as they do for the client. */
function targetOf({ hostname, port, searchParams }: URL): { readonly host: string; readonly port: number } {
  const host = searchParams.get("host") ?? decodeURIComponent(hostname).replace(/^\[(.*)\]$/, "$1");
  if (host.startsWith("/")) {
    throw faultsErrors.invalidAddress("url: a proxy stands in front of TCP servers, this is a local socket");
  }
  return { host, port: Number(searchParams.get("port") ?? (port === "" ? DEFAULT_PORT : port)) };
}
