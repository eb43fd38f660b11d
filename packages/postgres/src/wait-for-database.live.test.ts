import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { describeLive, liveServices } from "@weir/services/testing";
import { afterEach, expect, it } from "vitest";
import { createDatabase, waitForDatabase } from "./postgres.ts";
import type { Database, DatabaseState } from "./postgres.ts";

const databases: Database[] = [];

function open(change: (url: URL) => void = () => undefined): Database {
  const url = new URL(liveServices().databaseUrl);
  change(url);
  const database = createDatabase({ url: url.href, poolMax: 2, connectTimeoutMs: 2_000 });
  databases.push(database);
  return database;
}

afterEach(async () => {
  await Promise.all(databases.splice(0).map((database) => database.close()));
});

async function listening(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as AddressInfo).port;
}

/** A port on which nobody listens: it was ours a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer();
  const port = await listening(server);
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describeLive("waitForDatabase", () => {
  it("resolves at once, and says nothing, when the database answers", async () => {
    const states: DatabaseState[] = [];
    await waitForDatabase(open(), { deadlineMs: 10_000, onState: (state) => states.push(state) });
    expect(states).toEqual([]);
  });

  it("gives up at the deadline with postgres-unreachable, having said down once", async () => {
    const port = await freePort();
    const states: DatabaseState[] = [];
    const waiting = waitForDatabase(
      open((url) => (url.port = String(port))),
      { deadlineMs: 700, onState: (state) => states.push(state) },
    );
    await expect(waiting).rejects.toMatchObject({ code: "postgres-unreachable", kind: "dependency" });
    await expect(waiting).rejects.toThrow(`127.0.0.1:${port}`);
    expect(states).toEqual([{ state: "down", reason: "connection-refused", downMs: 0 }]);
  });

  it("gives up at the deadline on a server that accepts and never answers", async () => {
    const silent = createServer();
    const port = await listening(silent);
    const waiting = waitForDatabase(
      open((url) => (url.port = String(port))),
      { deadlineMs: 200 },
    );
    await expect(waiting).rejects.toMatchObject({ code: "postgres-unreachable" });
    silent.close();
  });

  it("does not wait for what waiting cannot mend, and never quotes the password", async () => {
    const wrong = waitForDatabase(
      open((url) => (url.password = "not-the-password")),
      { deadlineMs: 60_000 },
    );
    const error: unknown = await wrong.catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "wrong-credentials", kind: "programming" });
    expect(String(error)).not.toContain("not-the-password");
    const missing = waitForDatabase(
      open((url) => (url.pathname = "/no_such_database")),
      { deadlineMs: 60_000 },
    );
    await expect(missing).rejects.toMatchObject({ code: "missing-database", kind: "programming" });
  });

  it("can be called off", async () => {
    const port = await freePort();
    const controller = new AbortController();
    const waiting = waitForDatabase(
      open((url) => (url.port = String(port))),
      { deadlineMs: 60_000, signal: controller.signal, onState: () => controller.abort() },
    );
    await expect(waiting).rejects.toMatchObject({ code: "wait-aborted" });
  });
});
