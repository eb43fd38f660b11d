// One client's connection through the proxy: near is the client's side, far the server's.
//
//   open      bytes pass, as the weather of each direction allows
//   silent    entered by silence(): one or both directions swallow everything, for good; whoever ends is not told of
//   healed    entered by heal() out of silent: still swallows, but once one side has ended the other is reset, as TCP
//             would answer a packet for a connection that it no longer knows
//   over      both sockets are closed; entered by reset(), or when both sides have ended
import type { Socket } from "node:net";
import { createFlow, type FlowOptions, type Flow } from "./flow.ts";

export type Way = "toServer" | "toClient";

export interface Link {
  wake(): void;
  silence(ways: readonly Way[]): void;
  heal(): void;
  /** RST to both sides. Resolves when both sockets are closed. */
  reset(): Promise<void>;
}

export interface LinkOptions {
  readonly near: Socket;
  /** Absent: silent in both directions from the start, the server never hears of it. */
  readonly far: Socket | undefined;
  readonly flowOptions: (way: Way) => Pick<FlowOptions, "weather" | "tally" | "clock" | "bufferedBytesMax">;
  readonly onOver: () => void;
}

export function createLink({ near, far, flowOptions, onOver }: LinkOptions): Link {
  const sockets = far === undefined ? [near] : [near, far];
  const flows = new Map<Way, Flow>();
  const over = Promise.withResolvers<void>();
  let openSockets = sockets.length;
  let isHealed = false;
  let hasLostSign = far === undefined; // a server that never heard of it counts as one that is gone

  const reset = (): Promise<void> => {
    for (const socket of sockets) {
      if (socket.destroyed) continue;
      // One that is still connecting would only be reset after it has connected.
      if (socket.connecting) socket.destroy();
      else socket.resetAndDestroy();
    }
    return over.promise;
  };

  const onClose = (): void => {
    openSockets -= 1;
    if (openSockets > 0) return;
    for (const flow of flows.values()) flow.discard();
    onOver();
    over.resolve();
  };

  const onLostSign = (): void => {
    hasLostSign = true;
    if (isHealed) void reset();
  };

  const onReset = (): void => void reset();
  if (far === undefined) {
    near.resume(); // reads and forgets
    watch(near, () => undefined, onClose);
  } else {
    for (const [way, from, to] of [["toServer", near, far] as const, ["toClient", far, near] as const]) {
      const flow = createFlow({ ...flowOptions(way), from, to, onReset, onLostSign });
      flows.set(way, flow);
      from.on("data", (chunk: Buffer) => flow.push(chunk));
      watch(from, (sign) => flow.push(sign), onClose);
    }
  }

  return {
    wake() {
      for (const flow of flows.values()) flow.wake();
    },
    silence(ways) {
      isHealed = false;
      for (const way of ways) flows.get(way)?.silence();
    },
    heal() {
      isHealed = true;
      if (hasLostSign) void reset();
    },
    reset,
  };
}

function watch(socket: Socket, onSign: (sign: "end" | "reset") => void, onClose: () => void): void {
  socket.on("error", () => undefined); // `close` tells
  socket.once("end", () => onSign("end"));
  socket.once("close", (hadError) => {
    if (hadError) onSign("reset");
    onClose();
  });
}
