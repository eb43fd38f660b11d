import { once } from "node:events";
import type { Server } from "node:net";
import { faultsErrors } from "./faults-errors.ts";

const TRIES = 5;

/** Listens on 127.0.0.1, on the port that `choose` names; asks again where somebody was faster. Answers with the port. */
export async function reopen(server: Server, choose: () => Promise<number>): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    const port = await choose();
    try {
      server.listen(port, "127.0.0.1");
      await once(server, "listening");
      return port;
    } catch (cause) {
      if (tries === TRIES) throw faultsErrors.portTaken(port, cause);
    }
  }
}

/** The port refuses from now on. Resolves when the connections, which the caller ends, are gone too. */
export function shut(server: Server): Promise<void> {
  return new Promise((resolve) => {
    if (server.listening) server.close(() => resolve());
    else resolve();
  });
}
