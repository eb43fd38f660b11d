import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { checkNumbers, refuseFaults } from "@weir/core/options";
import type { Metrics } from "./metrics.ts";
import { serverNumbers } from "./option-rows.ts";

export interface MetricsServerOptions {
  readonly metrics: Metrics;
  readonly port?: number;
  /** Told in a sentence why nothing is served. Default: one line on stderr. */
  readonly onTrouble?: (sentence: string) => void;
}

export interface MetricsServer {
  /** Where it answers; `undefined` where it could not listen. */
  readonly url: string | undefined;
  close(): Promise<void>;
}

/**
 * Serves `/metrics` on 127.0.0.1. A busy port is said and is no error: what is measured runs on without its metrics.
 * Throws `invalid-options`.
 */
export async function serveMetrics(options: MetricsServerOptions): Promise<MetricsServer> {
  const faults = checkNumbers(serverNumbers, options, { others: ["metrics", "onTrouble"] });
  if (typeof options.metrics?.text !== "function") faults.push("metrics: expected what createMetrics made");
  refuseFaults(faults);
  const { metrics, port = serverNumbers.port.default } = options;
  const tell = options.onTrouble ?? ((sentence) => void process.stderr.write(`${sentence}\n`));
  const server = createServer((request, response) => void answer(metrics, request, response));
  // Metrics keep no process alive.
  server.unref();
  try {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
  } catch (thrown) {
    tell(`no metrics: ${reasonOf(thrown, port)}`);
    return { url: undefined, close: () => Promise.resolve() };
  }
  const { port: taken } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${taken}/metrics`, close: () => closeServer(server) };
}

async function answer(metrics: Metrics, request: IncomingMessage, response: ServerResponse): Promise<void> {
  if (request.url !== "/metrics") {
    response.writeHead(404).end("metrics are at /metrics\n");
    return;
  }
  try {
    const text = await metrics.text();
    response.writeHead(200, { "content-type": metrics.contentType }).end(text);
  } catch {
    response.writeHead(500).end();
  }
}

function reasonOf(thrown: unknown, port: number): string {
  const code = thrown instanceof Error && "code" in thrown ? thrown.code : undefined;
  if (code === "EADDRINUSE") return `port ${port} is in use: choose another one, or 0 for a free one`;
  if (code === "EACCES") return `this process may not use port ${port}: choose one from 1024`;
  return `port ${port} cannot be opened (${String(code ?? thrown)})`;
}

async function closeServer(server: Server): Promise<void> {
  const closed = once(server, "close");
  server.close();
  server.closeAllConnections();
  await closed;
}
