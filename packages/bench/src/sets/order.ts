import { setTimeout as sleep } from "node:timers/promises";
import { done } from "@weir/core";
import type { Handler } from "@weir/core";
import type { BenchCase, BenchSize, Figure } from "../bench-case.ts";
import { createDraw } from "../draw.ts";
import { runInMemory } from "../memory-pipeline.ts";
import { OrderCheck } from "../order-check.ts";
import { interleave, perSecond, ratios } from "../rounds.ts";

const slowMs = 10;
const slowShare = 0.01;
const meanMs = slowMs * slowShare;

/** By offset, independent of the keys: or the same keys would be slow every time. */
function slowOffsets(messages: number): Uint8Array {
  const draw = createDraw(20_011);
  return Uint8Array.from({ length: messages }, () => (draw() < slowShare ? 1 : 0));
}

interface Shape {
  readonly concurrency: number;
  readonly maxDemand: number;
}

async function keepUp({ concurrency, maxDemand }: Shape, size: BenchSize): Promise<readonly Figure[]> {
  const messages = Math.ceil((size.messages * concurrency) / 32);
  const isSlow = slowOffsets(messages);
  const run = async (): Promise<number> => {
    const order = new OrderCheck();
    const handle: Handler<number, number> = async (message) => {
      order.begin(message);
      if (isSlow[message.offset] === 1) await sleep(slowMs);
      order.end(message);
      return done(message.data);
    };
    const startedMs = performance.now();
    await runInMemory({ concurrency, maxDemand, messages, handle, onWrite: (written) => order.write(written) });
    return perSecond(messages, startedMs);
  };
  const speed = (await interleave([{ name: "pipeline", run }], size)).get("pipeline") ?? [];
  const ideal = (concurrency * 1_000) / meanMs;
  return [
    {
      name: "speed ÷ (concurrency ÷ mean handler time)",
      unit: "",
      values: ratios(
        speed,
        speed.map(() => ideal),
      ),
      target: { atLeast: 0.85 },
    },
    { name: "pipeline, keys in order", unit: "messages/s", values: speed },
  ];
}

/** One handler in a hundred takes 10 ms: do the others go on meanwhile, with every key in order? */
export const orderCases: readonly BenchCase[] = [
  { concurrency: 8, maxDemand: 100 },
  { concurrency: 64, maxDemand: 10 },
].map((shape) => ({
  set: "order",
  name: `${shape.concurrency} × ${shape.maxDemand}`,
  needsServers: false,
  measure: (size) => keepUp(shape, size),
}));
