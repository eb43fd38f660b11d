import net from "node:net";
import type { Address } from "./kafka-client.ts";

/** For live tests: stands between client and broker, and hurts what goes through. */
export class FaultProxy {
  readonly #target: Address;
  readonly #pairs = new Set<{ readonly near: net.Socket; readonly far: net.Socket }>();
  readonly #server: net.Server;
  #isRefusing = false;
  #isDeaf = false;

  private constructor(target: Address) {
    this.#target = target;
    this.#server = net.createServer((near) => this.#accept(near));
  }

  static async open(broker: string): Promise<FaultProxy> {
    const [host, port] = broker.split(":") as [string, string];
    const proxy = new FaultProxy({ host, port: Number(port) });
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    return proxy;
  }

  get address(): Address {
    return { host: "127.0.0.1", port: (this.#server.address() as net.AddressInfo).port };
  }

  get connections(): number {
    return this.#pairs.size;
  }

  /** Resets all connections, and every new one, until {@link heal}. */
  cut(): void {
    this.#isRefusing = true;
    this.#destroyAll();
  }

  /** Half-open: the connections of this moment pass nothing on any more, and nobody is told. New ones work. */
  halfOpen(): void {
    for (const { near, far } of this.#pairs) {
      near.unpipe(far);
      far.unpipe(near);
      near.resume();
      far.resume();
    }
  }

  /** Answers do not come back, while requests still arrive. */
  loseAnswers(): void {
    this.#isDeaf = true;
    for (const { near, far } of this.#pairs) {
      far.unpipe(near);
      far.resume();
    }
  }

  heal(): void {
    this.#isRefusing = false;
    this.#isDeaf = false;
  }

  async close(): Promise<void> {
    this.#destroyAll();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #accept(near: net.Socket): void {
    near.on("error", () => undefined);
    if (this.#isRefusing) return void near.resetAndDestroy();
    const far = net.connect(this.#target).on("error", () => undefined);
    const pair = { near, far };
    this.#pairs.add(pair);
    const end = (): void => {
      this.#pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    near.on("close", end).pipe(far);
    far.on("close", end);
    if (this.#isDeaf) far.resume();
    else far.pipe(near);
  }

  #destroyAll(): void {
    for (const { near, far } of this.#pairs) {
      near.resetAndDestroy();
      far.destroy();
    }
  }
}
