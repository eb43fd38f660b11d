import { createHash } from "node:crypto";
import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { EchoServer, Peer } from "../testing/echo-server.ts";
import { ManualClock } from "../testing/manual-clock.ts";
import { createProxy, type FaultProxy } from "./faults.ts";

const seen = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 4_000, interval: 5 });

// What one read of a socket may bring beyond the bound.
const READ_BYTES_MAX = 65_536;

let server: EchoServer;
let proxy: FaultProxy;
let clock: ManualClock;
const peers: Peer[] = [];
beforeEach(async () => {
  server = await EchoServer.start();
  clock = new ManualClock();
  proxy = await createProxy({ target: server.address, clock });
});
afterEach(async () => {
  for (const { socket } of peers.splice(0)) socket.destroy();
  await proxy.close();
  await server.stop();
});

async function working(): Promise<Peer> {
  const peer = await Peer.open(proxy.address);
  peers.push(peer);
  peer.socket.write("!");
  await seen(() => expect(peer.text).toBe("!"));
  return peer;
}

const serverSide = (): Peer => server.peers.findLast(({ text }) => text.startsWith("!")) as Peer;

describe("delay", () => {
  it("holds bytes for exactly as long, in each direction", async () => {
    const peer = await working();
    await proxy.delay(100);
    peer.socket.write("ping");
    await seen(() => expect(proxy.stats().toServer.bufferedBytes).toBe(4));
    clock.advance(99);
    await server.settleDown();
    expect(serverSide().text).toBe("!");
    clock.advance(1);
    await seen(() => expect(proxy.stats().toClient.bufferedBytes).toBe(4));
    expect(serverSide().text).toBe("!ping");
    clock.advance(99);
    await server.settleDown();
    expect(peer.text).toBe("!");
    clock.advance(1);
    await seen(() => expect(peer.text).toBe("!ping"));
  });

  it("holds for one direction alone when asked so, and holds an end back, too", async () => {
    const peer = await working();
    await proxy.delay(100, { way: "toClient" });
    peer.socket.end("ping");
    await seen(() => expect(serverSide().events).toEqual(["end", "close"]));
    await seen(() => expect(proxy.stats().toClient.bufferedBytes).toBe(4));
    await server.settleDown();
    expect(peer.events).toEqual(["connect"]);
    clock.advance(100);
    await seen(() => expect(peer.events).toEqual(["connect", "end", "close"]));
    expect(peer.text).toBe("!ping");
  });

  it("ends with heal: what waits goes on at once", async () => {
    const peer = await working();
    await proxy.delay(60_000);
    peer.socket.write("ping");
    await seen(() => expect(proxy.stats().toServer.bufferedBytes).toBe(4));
    await proxy.heal();
    await seen(() => expect(peer.text).toBe("!ping"));
    expect(clock.waiting).toBe(0);
  });

  it("of what waits when the connection is cut leaves nothing: no bytes and no timer", async () => {
    const peer = await working();
    await proxy.delay(60_000);
    peer.socket.write("ping");
    await seen(() => expect(proxy.stats().toServer.bufferedBytes).toBe(4));
    await proxy.cut();
    expect(proxy.stats().toServer).toEqual({ bytes: 1, lostBytes: 4, bufferedBytes: 0 });
    expect(clock.waiting).toBe(0);
  });

  it("keeps every byte and their order, however delays and stalls change", async () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ sendBytes: fc.integer({ min: 1, max: 5_000 }) }) },
      { weight: 2, arbitrary: fc.record({ advanceMs: fc.integer({ min: 0, max: 60 }) }) },
      { weight: 1, arbitrary: fc.record({ delayMs: fc.integer({ min: 0, max: 50 }) }) },
      { weight: 1, arbitrary: fc.constant({ stall: true as const }) },
      { weight: 1, arbitrary: fc.constant({ heal: true as const }) },
    );
    const promise = fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const peer = await working();
      let sent = 0;
      for (const one of steps) {
        if ("sendBytes" in one) {
          const bytes = Uint8Array.from({ length: one.sendBytes }, (_, index) => (sent + index) % 251);
          sent += bytes.length;
          await new Promise((resolve) => peer.socket.write(bytes, resolve));
        } else if ("advanceMs" in one) clock.advance(one.advanceMs);
        else if ("delayMs" in one) await proxy.delay(one.delayMs);
        else if ("stall" in one) await proxy.stall();
        else await proxy.heal();
      }
      await proxy.heal();
      await seen(() => expect(peer.bytes.length).toBe(sent + 1));
      expect(peer.bytes.subarray(1).every((byte, index) => byte === index % 251)).toBe(true);
      peer.socket.destroy();
    });
    await fc.assert(promise, { numRuns: 40 });
  });
});

describe("stall", () => {
  it("passes nothing on, not even an end, and goes on after heal as if it had only been slow", async () => {
    const peer = await working();
    await proxy.stall();
    peer.socket.end("ping");
    await seen(() => expect(proxy.stats().toServer.bufferedBytes).toBe(4));
    await server.settleDown();
    expect(serverSide()).toMatchObject({ text: "!", events: [] });
    await proxy.heal();
    await seen(() => expect(peer.events).toEqual(["connect", "end", "close"]));
    expect(peer.text).toBe("!ping");
  });

  it("towards the client alone: the question arrives, the answer waits", async () => {
    const peer = await working();
    await proxy.stall({ way: "toClient" });
    peer.socket.write("ping");
    await seen(() => expect(proxy.stats().toClient.bufferedBytes).toBe(4));
    expect(serverSide().text).toBe("!ping");
    expect(peer.text).toBe("!");
    await proxy.heal();
    await seen(() => expect(peer.text).toBe("!ping"));
  });

  it("a reset waits, too", async () => {
    const peer = await working();
    await proxy.stall();
    serverSide().socket.resetAndDestroy();
    await server.settleDown();
    expect(peer.events).toEqual(["connect"]);
    await proxy.heal();
    await seen(() => expect(peer.events).toEqual(["connect", "ECONNRESET", "close"]));
  });
});

describe("half-open", () => {
  it("loses what is sent, both ways, and tells nobody when an end goes away", async () => {
    const peer = await working();
    await proxy.halfOpen();
    peer.socket.write("ping");
    serverSide().socket.write("pong");
    await seen(() => expect(proxy.stats()).toMatchObject({ toServer: { lostBytes: 4 }, toClient: { lostBytes: 4 } }));
    serverSide().socket.resetAndDestroy();
    await server.settleDown();
    expect(serverSide().text).toBe("!");
    expect(peer).toMatchObject({ text: "!", events: ["connect"] });
  });

  it("a client that goes away leaves its session at the server, until heal", async () => {
    const peer = await working();
    await proxy.halfOpen();
    peer.socket.destroy();
    await server.settleDown();
    expect(serverSide().events).toEqual([]);
    await proxy.heal();
    await seen(() => expect(serverSide().events).toEqual(["ECONNRESET", "close"]));
    await seen(() => expect(proxy.stats().connections).toBe(0));
  });

  it("after a stall loses what was held, an end too, and takes whatever still comes", async () => {
    const [ending, sending] = [await working(), await working()];
    await proxy.stall();
    ending.socket.end("bye");
    sending.socket.write(Buffer.alloc(4 * 1024 * 1024));
    await seen(() => expect(proxy.stats().toServer.bufferedBytes).toBeGreaterThan(1024 * 1024));
    await proxy.halfOpen();
    await seen(() => expect(proxy.stats().toServer.lostBytes).toBe(3 + 4 * 1024 * 1024));
    expect(proxy.stats()).toMatchObject({ connections: 2, toServer: { bufferedBytes: 0 } });
    await proxy.heal();
    await seen(() => expect(ending.events).toEqual(["connect", "ECONNRESET", "close"]));
    expect(sending.events).toEqual(["connect"]);
  });

  it("a connection stays dead after heal, since bytes are missing, and is let go when one side ends", async () => {
    const peer = await working();
    await proxy.halfOpen();
    await proxy.heal();
    peer.socket.write("ping");
    await seen(() => expect(proxy.stats().toServer.lostBytes).toBe(4));
    await server.settleDown();
    expect(peer).toMatchObject({ text: "!", events: ["connect"] });
    peer.socket.destroy();
    await seen(() => expect(serverSide().events).toEqual(["ECONNRESET", "close"]));
    await working();
  });

  it("new connections are silent as well and the server hears nothing of them; heal resets them", async () => {
    await working();
    await proxy.halfOpen();
    const late = await Peer.open(proxy.address);
    peers.push(late);
    late.socket.write("ping");
    await server.settleDown();
    expect(late.events).toEqual(["connect"]);
    expect(server.peers.map(({ text }) => text)).not.toContain("ping");
    expect(server.peers).toHaveLength(2); // the first one, and the one that settled down
    await proxy.heal();
    await seen(() => expect(late.events).toEqual(["connect", "ECONNRESET", "close"]));
  });

  it("of the existing connections alone: new ones work meanwhile", async () => {
    const old = await working();
    await proxy.halfOpen({ onlyExisting: true });
    await working();
    old.socket.write("ping");
    await seen(() => expect(proxy.stats().toServer.lostBytes).toBe(4));
    expect(old).toMatchObject({ text: "!", events: ["connect"] });
  });

  it("towards the client alone: the server does what it was asked, the answer is lost; new connections, too", async () => {
    const old = await working();
    await proxy.halfOpen({ way: "toClient" });
    old.socket.write("ping");
    await seen(() => expect(proxy.stats().toClient.lostBytes).toBe(4));
    expect(serverSide().text).toBe("!ping");
    const late = await Peer.open(proxy.address);
    peers.push(late);
    late.socket.write("!late");
    await seen(() => expect(proxy.stats().toClient.lostBytes).toBe(9));
    expect(serverSide().text).toBe("!late");
    expect([old.text, late.text]).toEqual(["!", ""]);
  });
});

describe("memory", () => {
  const bufferedBytesMax = 256 * 1024;
  const sentBytes = 48 * 1024 * 1024;

  /** Sends far more than the system's own buffers hold and waits until nothing moves any more. */
  async function flood(isStall: boolean, boundBytes = bufferedBytesMax) {
    const mute = await EchoServer.start({ isMute: true });
    const narrow = await createProxy({ target: mute.address, bufferedBytesMax: boundBytes });
    const peer = await Peer.open(narrow.address);
    peers.push(peer);
    await seen(() => expect(mute.peers).toHaveLength(1));
    if (isStall) await narrow.stall();
    else mute.peers[0]?.socket.pause();
    const bytes = Buffer.alloc(sentBytes, "weir");
    peer.socket.write(bytes);
    let most = 0;
    const reached = (): number => {
      const { bytes: passed, bufferedBytes } = narrow.stats().toServer;
      most = Math.max(most, bufferedBytes);
      return passed + bufferedBytes;
    };
    await seen(() => expect(narrow.stats().toServer.bufferedBytes).toBeGreaterThanOrEqual(boundBytes));
    for (let before = -1; before !== reached(); await server.settleDown()) before = reached();
    return { mute, narrow, peer, most, reached: reached(), digest: digestOf(bytes) };
  }

  it.each([
    ["a server that stops reading", false],
    ["a stall", true],
  ])("%s slows the client down instead of filling the proxy; afterwards every byte arrives", async (_, isStall) => {
    const { mute, narrow, peer, most, reached, digest } = await flood(isStall);
    expect(most).toBeLessThanOrEqual(bufferedBytesMax + READ_BYTES_MAX);
    expect(reached).toBeLessThan(sentBytes / 2);
    expect(peer.socket.writableLength).toBeGreaterThan(0);
    mute.peers[0]?.socket.resume();
    await narrow.heal();
    await seen(() => expect(narrow.stats().toServer.bytes).toBe(sentBytes));
    await seen(() => expect(mute.peers[0]?.socket.bytesRead).toBe(sentBytes));
    expect(digestOf(mute.peers[0]?.bytes ?? Buffer.alloc(0))).toBe(digest);
    await narrow.close();
    await mute.stop();
  });

  it("what a server has not taken yet is still held by a stall that comes later", async () => {
    const { mute, narrow } = await flood(false);
    const before = narrow.stats().toServer.bytes;
    await narrow.stall();
    mute.peers[0]?.socket.resume();
    for (let read = -1; read !== mute.peers[0]?.socket.bytesRead; await server.settleDown()) {
      read = mute.peers[0]?.socket.bytesRead ?? 0;
    }
    const { bytes, bufferedBytes } = narrow.stats().toServer;
    expect(bytes - before).toBeLessThanOrEqual(READ_BYTES_MAX); // the write that was under way
    expect(bufferedBytes).toBeGreaterThan(0);
    await narrow.close();
    await mute.stop();
  });

  it("a half-open fault takes everything from a client, however full the proxy was", async () => {
    const { mute, narrow, peer } = await flood(false, 1_024);
    await narrow.halfOpen();
    await seen(() => expect(peer.socket.writableLength).toBe(0));
    await narrow.close();
    await mute.stop();
  });

  it("a client that is gone frees all that its server has not taken", async () => {
    const mute = await EchoServer.start({ isMute: true });
    const wide = await createProxy({ target: mute.address, bufferedBytesMax: 2 * sentBytes });
    const peer = await Peer.open(wide.address);
    await seen(() => expect(mute.peers).toHaveLength(1));
    mute.peers[0]?.socket.pause();
    await new Promise((resolve) => peer.socket.write(Buffer.alloc(sentBytes), resolve));
    await seen(() => expect(wide.stats().toServer.bufferedBytes).toBeGreaterThan(0));
    peer.socket.resetAndDestroy();
    await seen(() => expect(wide.stats()).toMatchObject({ connections: 0, toServer: { bufferedBytes: 0 } }));
    await wide.close();
    await mute.stop();
  });

  it("many tiny chunks count for more than their bytes", async () => {
    const narrow = await createProxy({ target: server.address, bufferedBytesMax: 2_048 });
    const peer = await Peer.open(narrow.address);
    peers.push(peer);
    await narrow.stall();
    for (let sent = 1; sent <= 4; sent += 1) {
      peer.socket.write("x");
      await seen(() => expect(narrow.stats().toServer.bufferedBytes).toBe(sent));
    }
    peer.socket.write("x");
    await server.settleDown();
    expect(narrow.stats().toServer.bufferedBytes).toBe(4);
    await narrow.heal();
    await seen(() => expect(peer.text).toBe("xxxxx"));
    await narrow.close();
  });
});

const digestOf = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex");
