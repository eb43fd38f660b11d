import type { Socket } from "node:net";
import type { CancelTimer, Clock } from "@weir/core";

/** What holds in one direction, for all connections of a proxy. */
export interface Weather {
  delayMs: number;
  isStalled: boolean;
  /** New connections are silent in this direction from their first byte on. */
  isSilentForNew: boolean;
}

/** Bytes of one direction, over all connections of a proxy. */
export interface Tally {
  /** Handed on. */
  bytes: number;
  /** Taken and never handed on. */
  lostBytes: number;
  /** Held in the proxy at this moment. */
  bufferedBytes: number;
}

/** `end`: that side says no more (FIN). `reset`: it is gone (RST, or never there). */
export type Load = Buffer | "end" | "reset";

export interface FlowOptions {
  readonly from: Socket;
  readonly to: Socket;
  readonly weather: Weather;
  readonly tally: Tally;
  readonly clock: Clock;
  readonly bufferedBytesMax: number;
  /** A `reset` has arrived at the far end of this flow. */
  readonly onReset: () => void;
  /** An `end` or a `reset` was swallowed: the other side does not know. */
  readonly onLostSign: () => void;
}

/** One direction of one connection. */
export interface Flow {
  push(load: Load): void;
  /** The weather has changed. */
  wake(): void;
  /** From now on everything is swallowed, for good: a stream with a hole in it must never go on. */
  silence(): void;
  /** The connection is over: forget what is still held. */
  discard(): void;
}

// What a held chunk costs at least: else a million chunks of one byte would stay far below a bound in bytes.
const CHUNK_BYTES_MIN = 512;

const weightOf = (load: Load): number => (typeof load === "string" ? 0 : Math.max(load.length, CHUNK_BYTES_MIN));

/** Passes loads on in their order, one write at a time, each when its delay is over. Reads no more while its buffer is full. */
export function createFlow(options: FlowOptions): Flow {
  const { from, to, weather, tally, clock, bufferedBytesMax } = options;
  let queue: { readonly dueMs: number; readonly load: Load }[] = [];
  let heldWeight = 0;
  let isWriting = false;
  let isSilent = false;
  let cancelTimer: CancelTimer | undefined;

  const release = (load: Buffer, isLost: boolean): void => {
    heldWeight -= weightOf(load);
    tally.bufferedBytes -= load.length;
    tally[isLost ? "lostBytes" : "bytes"] += load.length;
    if (heldWeight <= bufferedBytesMax / 2) from.resume();
  };

  const drop = (): void => {
    cancelTimer?.();
    const dropped = queue;
    queue = [];
    for (const { load } of dropped) if (typeof load !== "string") release(load, true);
    if (isSilent && dropped.some(({ load }) => typeof load === "string")) options.onLostSign();
  };

  const pass = (load: Load): void => {
    if (load === "end") to.end();
    else if (load === "reset") options.onReset();
    else {
      isWriting = true;
      to.write(load, (error) => {
        isWriting = false;
        release(load, error !== null && error !== undefined);
        pump();
      });
    }
  };

  const pump = (): void => {
    cancelTimer?.();
    while (!weather.isStalled) {
      const head = queue[0];
      // A reset overtakes bytes that the other side does not take.
      if (head === undefined || (isWriting && head.load !== "reset")) return;
      // A delay made smaller holds for what waits already.
      const waitMs = Math.min(head.dueMs - clock.nowMs(), weather.delayMs);
      if (waitMs > 0) {
        cancelTimer = clock.after(waitMs, pump);
        return;
      }
      queue.shift();
      pass(head.load);
    }
  };

  const swallow = (load: Load): void => {
    if (typeof load === "string") options.onLostSign();
    else tally.lostBytes += load.length;
  };

  return {
    push(load) {
      if (isSilent) return swallow(load);
      if (load === "reset") drop(); // as TCP does: what a reset finds on its way is gone
      if (typeof load !== "string") {
        heldWeight += weightOf(load);
        tally.bufferedBytes += load.length;
        if (heldWeight >= bufferedBytesMax) from.pause();
      }
      queue.push({ dueMs: clock.nowMs() + weather.delayMs, load });
      pump();
    },
    wake: pump,
    silence() {
      isSilent = true;
      drop();
      from.resume();
    },
    discard: drop,
  };
}
