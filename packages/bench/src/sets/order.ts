import { setTimeout as sleep } from "node:timers/promises";
import { done } from "@weir/core";
import type { Handler, Message } from "@weir/core";
import type { BenchCase, BenchSize, Figure } from "../bench-case.ts";
import { benchErrors } from "../bench-errors.ts";
import { keyCount } from "../fresh-source.ts";
import { runInMemory } from "../memory-pipeline.ts";
import { interleave, perSecond, ratios } from "../rounds.ts";

const slowMs = 10;
const slowShare = 0.01;
const meanMs = slowMs * slowShare;

/**
 * Fails at the first message of a key that begins before the one in front of it has ended, or that is handled or written
 * before it. In arrays by number: with maps the check would cost as much as what it checks.
 */
class OrderCheck {
  readonly #atWork = new Uint8Array(keyCount);
  readonly #handled = new Float64Array(keyCount).fill(-1);
  readonly #written = new Float64Array(keyCount).fill(-1);

  begin({ offset }: Message): void {
    const key = offset % keyCount;
    if (this.#atWork[key] === 1) throw benchErrors.wrongWork(`two messages of key ${key} at work at once`);
    this.#atWork[key] = 1;
    rise(this.#handled, offset);
  }

  end({ offset }: Message): void {
    this.#atWork[offset % keyCount] = 0;
  }

  write(messages: readonly Message[]): void {
    for (const { offset } of messages) rise(this.#written, offset);
  }
}

function rise(last: Float64Array, offset: number): void {
  const key = offset % keyCount;
  const before = last[key] as number;
  if (before >= offset) throw benchErrors.wrongWork(`key ${key}: offset ${offset} came after ${before}`);
  last[key] = offset;
}

/** A plain generator of its own, so that every run meets the slow messages at the same places. */
function slowOffsets(messages: number): Uint8Array {
  const isSlow = new Uint8Array(messages);
  let state = 1;
  for (let offset = 0; offset < messages; offset += 1) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    isSlow[offset] = state < slowShare * 2 ** 32 ? 1 : 0;
  }
  return isSlow;
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
