import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import type { Engine } from "../containers/engine-api.ts";

export interface FakeEngine extends Engine {
  /** `METHOD /path`, in their order, without queries. */
  readonly calls: readonly string[];
  stop(): Promise<void>;
}

type Answers = Readonly<Record<string, unknown>>;

/**
 * For tests: an engine that knows only these answers, by `METHOD /path`. A number is a bare status, a string a body as it
 * is; everything else is sent as JSON. What it does not know is not there (404).
 */
export async function fakeEngine(folder: string, answers: Answers): Promise<FakeEngine> {
  const socketPath = join(folder, "engine.sock");
  const calls: string[] = [];
  const server = createServer((request, response) => {
    const asked = `${request.method} ${decodeURIComponent(request.url?.split("?")[0] ?? "")}`;
    calls.push(asked);
    const answer = answers[asked] ?? 404;
    response.statusCode = typeof answer === "number" ? answer : 200;
    const body = typeof answer === "number" ? { message: `status ${answer}` } : answer;
    response.end(typeof body === "string" ? body : JSON.stringify(body));
  });
  server.listen(socketPath);
  await once(server, "listening");
  return {
    socketPath,
    calls,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
