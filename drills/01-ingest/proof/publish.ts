import { orderStream, type StreamMessage, type StreamOptions } from "./stream.ts";

export interface PublishOptions extends StreamOptions {
  readonly perSecond: number;
  readonly signal: AbortSignal;
  /** May this message be published by now? Asked again and again until it may. */
  mayGo(n: number): boolean;
  /** Resolves when Kafka has acknowledged all of them. */
  send(messages: readonly StreamMessage[]): Promise<void>;
  /** Told after each acknowledged part. */
  onPublished(messages: readonly StreamMessage[]): void;
}

/** Ten parts a second: small enough for a smooth stream, large enough for the broker. */
const partsPerSecond = 10;
const askAgainMs = 20;

/** Publishes the stream at its pace. Behind its pace it does not catch up in bursts beyond twice a part. */
export async function publish(options: PublishOptions): Promise<void> {
  const partSize = Math.max(1, Math.round(options.perSecond / partsPerSecond));
  let startedMs = performance.now();
  let part: StreamMessage[] = [];
  let due = 1;
  for (const message of orderStream(options)) {
    if (!options.mayGo(message.n)) {
      // What was gathered goes first: whoever waits for it is what the rest waits for.
      await sendPart(options, part);
      part = [];
      await untilItMayGo(options, message.n);
      if (options.signal.aborted) return;
      startedMs = performance.now();
      due = 1;
    }
    part.push(message);
    if (part.length < partSize) continue;
    await sendPart(options, part);
    part = [];
    await until(startedMs + (due * 1000) / partsPerSecond, options.signal);
    due += 1;
    if (options.signal.aborted) return;
  }
  await sendPart(options, part);
}

async function untilItMayGo(options: PublishOptions, n: number): Promise<void> {
  const { signal } = options;
  while (!options.mayGo(n) && !signal.aborted) await until(performance.now() + askAgainMs, signal);
}

async function sendPart(options: PublishOptions, part: readonly StreamMessage[]): Promise<void> {
  if (part.length === 0 || options.signal.aborted) return;
  await options.send(part);
  options.onPublished(part);
}

function until(atMs: number, signal: AbortSignal): Promise<void> {
  const delayMs = atMs - performance.now();
  if (delayMs <= 0 || signal.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const finish = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, delayMs);
    signal.addEventListener("abort", finish, { once: true });
  });
}
