import type { Message, Source } from "@weir/core";
import type { DeliveredRun, TopicRecord } from "./topic.ts";

/** Of each partition, runs without a gap, in the order in which they stand. */
export function runsOf(places: readonly { readonly partition: number; readonly offset: number }[]): DeliveredRun[] {
  const runs: [number, number, number][] = [];
  const last = new Map<number, [number, number, number]>();
  for (const { partition, offset } of places) {
    const run = last.get(partition);
    if (run?.[2] === offset - 1) run[2] = offset;
    else {
      const begun: [number, number, number] = [partition, offset, offset];
      last.set(partition, begun);
      runs.push(begun);
    }
  }
  return runs;
}

/** The same source; what it hands out is told before the first message is handed on. */
export function watchDeliveries(
  source: Source<TopicRecord>,
  tell: (runs: readonly DeliveredRun[]) => void,
): Source<TopicRecord> {
  const lookUp = source.lookUp?.bind(source);
  const fenced = source.fenced?.bind(source);
  return {
    name: source.name,
    start: (listener) => source.start(listener),
    async pull(max, signal): Promise<readonly Message<TopicRecord>[] | null> {
      const messages = await source.pull(max, signal);
      if (messages !== null && messages.length > 0) tell(runsOf(messages.map(({ data }) => data)));
      return messages;
    },
    pause: (origin) => source.pause(origin),
    resume: (origin) => source.resume(origin),
    settle: (settlement, signal) => source.settle(settlement, signal),
    ...(lookUp && { lookUp }),
    ...(fenced && { fenced }),
    close: () => source.close(),
  };
}
