import { once } from "node:events";
import net from "node:net";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EchoServer, Peer } from "../testing/echo-server.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { createProxy, type FaultProxy } from "./faults.ts";

/** Sockets and listeners of this process, as Node counts them. */
const handles = (): string[] => process.getActiveResourcesInfo().filter((name) => name.startsWith("TCP"));

const seen = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 4_000, interval: 5 });

let server: EchoServer;
let proxy: FaultProxy;
const peers: Peer[] = [];
beforeEach(async () => {
  server = await EchoServer.start();
  proxy = await createProxy({ target: server.address });
});
afterEach(async () => {
  for (const { socket } of peers.splice(0)) socket.destroy();
  await proxy.close();
  await server.stop();
});

async function open(): Promise<Peer> {
  const peer = await Peer.open(proxy.address);
  peers.push(peer);
  return peer;
}

/** A connection that has shown that it works. */
async function working(): Promise<Peer> {
  const peer = await open();
  peer.socket.write("hello");
  await seen(() => expect(peer.text).toBe("hello"));
  return peer;
}

/** The server's side of the newest connection. */
const serverSide = (): Peer => server.peers.at(-1) as Peer;

describe("a proxy without a fault", () => {
  it("passes bytes both ways, and counts them", async () => {
    await working();
    expect(proxy.stats()).toEqual({
      connections: 1,
      accepted: 1,
      turnedAway: 0,
      toServer: { bytes: 5, lostBytes: 0, bufferedBytes: 0 },
      toClient: { bytes: 5, lostBytes: 0, bufferedBytes: 0 },
    });
  });

  it("passes an end on and lets the other way live on, as TCP does", async () => {
    const mute = await EchoServer.start({ isMute: true });
    const before = await createProxy({ target: mute.address });
    const peer = await Peer.open(before.address);
    peer.socket.end("question");
    await seen(() => expect(mute.peers[0]?.events).toEqual(["end"]));
    expect(mute.peers[0]?.text).toBe("question");
    mute.peers[0]?.socket.end("answer");
    await seen(() => expect(peer.events).toEqual(["connect", "end", "close"]));
    expect(peer.text).toBe("answer");
    await seen(() => expect(before.stats().connections).toBe(0));
    await before.close();
    await mute.stop();
  });

  it("passes a reset on, in both directions", async () => {
    const first = await working();
    first.socket.resetAndDestroy();
    await seen(() => expect(serverSide().events).toEqual(["ECONNRESET", "close"]));
    const second = await working();
    serverSide().socket.resetAndDestroy();
    await seen(() => expect(second.events).toEqual(["connect", "ECONNRESET", "close"]));
    await seen(() => expect(proxy.stats().connections).toBe(0));
  });

  it("resets a client whose server does not listen", async () => {
    await server.stop();
    const peer = await open();
    await seen(() => expect(peer.events.slice(-2)).toEqual(["ECONNRESET", "close"]));
    await seen(() => expect(proxy.stats().connections).toBe(0));
  });

  it("turns connections beyond its bound away at once", async () => {
    const narrow = await createProxy({ target: server.address, connectionsMax: 1 });
    const first = await Peer.open(narrow.address);
    const second = await Peer.open(narrow.address);
    await seen(() => expect(second.events.slice(-2)).toEqual(["ECONNRESET", "close"]));
    expect(first.events).toEqual(["connect"]);
    expect(narrow.stats()).toMatchObject({ connections: 1, accepted: 2, turnedAway: 1 });
    first.socket.destroy();
    await narrow.close();
  });
});

describe("cut, heal and reset", () => {
  it("cut resets both ends of each connection and refuses new ones; after heal new ones work", async () => {
    const peer = await working();
    await proxy.cut();
    expect(proxy.stats().connections).toBe(0);
    expect((await open()).events).toEqual(["ECONNREFUSED", "close"]);
    await seen(() => expect(peer.events).toEqual(["connect", "ECONNRESET", "close"]));
    await seen(() => expect(serverSide().events).toEqual(["ECONNRESET", "close"]));
    await proxy.heal();
    await working();
  });

  it("cut resets a connection at once whose server does not take what was sent", async () => {
    const peer = await working();
    serverSide().socket.pause();
    peer.socket.write(Buffer.alloc(32 * 1024 * 1024));
    await seen(() => expect(proxy.stats().toServer.bufferedBytes).toBeGreaterThan(0));
    await proxy.cut();
    await seen(() => expect(peer.events.slice(-1)).toEqual(["close"]));
    expect(peer.events).not.toContain("end");
    expect(proxy.stats().toServer.bufferedBytes).toBe(0);
  });

  it("orders that overlap are followed one after another: the last one holds", async () => {
    await Promise.all([proxy.cut(), proxy.heal(), proxy.cut(), proxy.cut(), proxy.heal()]);
    await working();
    await Promise.all([proxy.heal(), proxy.heal(), proxy.cut()]);
    expect((await open()).events).toEqual(["ECONNREFUSED", "close"]);
  });

  it("reset hits the connections of this moment and no later one", async () => {
    const peer = await working();
    await proxy.reset();
    await seen(() => expect(peer.events).toEqual(["connect", "ECONNRESET", "close"]));
    await seen(() => expect(serverSide().events).toEqual(["ECONNRESET", "close"]));
    await working();
  });
});

describe("close", () => {
  it("leaves no socket and no listener behind, whatever fault held", async () => {
    const clock = new ManualClock();
    const other = await createProxy({ target: server.address, clock });
    const clients = await Promise.all(Array.from({ length: 5 }, () => Peer.open(other.address)));
    await other.delay(60_000, { way: "toServer" });
    for (const { socket } of clients) socket.write("delayed");
    await seen(() => expect(other.stats().toServer.bufferedBytes).toBe(35));
    await other.stall();
    await other.halfOpen();
    clients.push(await Peer.open(other.address));
    clients[0]?.socket.end();
    await seen(() => expect(other.stats().connections).toBe(6));
    await Promise.all([other.close(), other.close()]);
    await seen(() => expect(clients.every(({ socket }) => socket.closed)).toBe(true));
    await seen(() => expect(server.openSockets).toBe(0));
    expect(other.stats()).toMatchObject({ connections: 0, toServer: { bufferedBytes: 0 } });
    expect(clock.waiting).toBe(0);
    // Those of the echo server and of the proxy that every test has.
    await seen(() => expect(handles()).toEqual(["TCPServerWrap", "TCPServerWrap"]));
  });

  it("makes every later order an error, and a second close none", async () => {
    await proxy.close();
    await proxy.close();
    for (const order of [proxy.cut(), proxy.heal(), proxy.delay(1), proxy.stall(), proxy.halfOpen(), proxy.reset()]) {
      await expect(order).rejects.toMatchObject({ code: "proxy-closed", kind: "programming" });
    }
  });
});

describe("options", () => {
  it("out of range or unknown are refused, all at once", async () => {
    const wrong = { target: server.address, listen: 70_000, connectionsMax: 0, bufferedBytesMax: 1.5, lissen: 1 };
    const opening = createProxy(wrong);
    await expect(opening).rejects.toMatchObject({ code: "invalid-options" });
    await expect(opening).rejects.toThrow(/listen[^]*connectionsMax[^]*bufferedBytesMax[^]*did you mean listen/);
  });

  it.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])("a delay of %s ms is refused", async (delayMs) => {
    await expect(proxy.delay(delayMs)).rejects.toMatchObject({ code: "invalid-options" });
  });

  it("a port that somebody else has is an error with its number", async () => {
    const taken = proxy.address.port;
    const opening = createProxy({ target: server.address, listen: taken });
    await expect(opening).rejects.toMatchObject({ code: "port-taken", message: expect.stringContaining(`${taken}`) });
  });

  it("heal says so when somebody took the port meanwhile, and works once it is free again", async () => {
    await proxy.cut();
    const thief = net.createServer().listen(proxy.address.port, "127.0.0.1");
    await once(thief, "listening");
    await expect(proxy.heal()).rejects.toMatchObject({ code: "port-taken" });
    await new Promise((resolve) => thief.close(resolve));
    await proxy.heal();
    await working();
  });
});
