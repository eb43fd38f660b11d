import { randomInt } from "node:crypto";
import { createServer } from "node:net";

// Below every system's range for outgoing connections: there a client that knocks on a stopped server could be given
// the server's own port, connect to itself, and keep the server from coming back.
const LOWEST = 15_000;
const HIGHEST = 32_000;

/** A port on 127.0.0.1 that was free a moment ago. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(LOWEST, HIGHEST);
    if (await isFree(port)) return port;
  }
}

/** Can a server listen on this port of 127.0.0.1 now? */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
