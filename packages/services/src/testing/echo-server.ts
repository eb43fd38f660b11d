import { once } from "node:events";
import net from "node:net";

type Where = { readonly host: string; readonly port: number };

/** For tests: one end of a connection, with all that it has seen. */
export class Peer {
  readonly socket: net.Socket;
  /** `connect`, `end`, `close`, and the codes of errors, in their order. */
  readonly events: string[] = [];
  #chunks: Buffer[] = [];

  constructor(socket: net.Socket) {
    this.socket = socket;
    socket.on("data", (chunk) => this.#chunks.push(chunk));
    for (const name of ["connect", "end", "close"]) socket.on(name, () => this.events.push(name));
    socket.on("error", (error) => this.events.push("code" in error ? String(error.code) : error.message));
  }

  /** Tries to connect; `events` tell whether it did. Never closes its side by itself. */
  static async open({ host, port }: Where): Promise<Peer> {
    const peer = new Peer(net.connect({ host, port, allowHalfOpen: true }));
    await new Promise<unknown>((resolve) => peer.socket.once("connect", resolve).once("close", resolve));
    return peer;
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  get text(): string {
    return this.bytes.toString("latin1");
  }
}

/** For tests: sends back what comes, unless told to be mute. */
export class EchoServer {
  readonly peers: Peer[] = [];
  readonly address: Where;
  readonly #server: net.Server;

  private constructor(server: net.Server, isMute: boolean) {
    this.#server = server;
    this.address = { host: "127.0.0.1", port: (server.address() as net.AddressInfo).port };
    server.on("connection", (socket) => {
      this.peers.push(new Peer(socket));
      if (isMute) return;
      socket.on("data", (chunk) => socket.write(chunk));
      socket.on("end", () => socket.end());
    });
  }

  static async start({ isMute = false } = {}): Promise<EchoServer> {
    const server = net.createServer({ allowHalfOpen: true }).listen(0, "127.0.0.1");
    await once(server, "listening");
    return new EchoServer(server, isMute);
  }

  get openSockets(): number {
    return this.peers.filter(({ socket }) => !socket.closed).length;
  }

  async stop(): Promise<void> {
    for (const { socket } of this.peers) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /**
   * Resolves when ten bytes, one after another, have gone to this server and back by connections of their own: whatever
   * was on its way on this machine before has arrived by then.
   */
  async settleDown(): Promise<void> {
    const peer = await Peer.open(this.address);
    for (let turn = 0; turn < 10; turn += 1) {
      peer.socket.write("x");
      await once(peer.socket, "data");
    }
    peer.socket.destroy();
    await once(peer.socket, "close");
  }
}
