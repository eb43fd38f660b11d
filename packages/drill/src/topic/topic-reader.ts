import type { Origin, Source } from "@weir/core";
import { drillErrors } from "../drill-errors.ts";
import type { TopicPosition, TopicReader, TopicRecord } from "./topic.ts";

/** What this worker has read of a partition since it owns it. */
interface Stretch {
  readonly origin: Origin;
  readonly first: number;
  next: number;
  /** One commit at a time, in the order of the calls. */
  committing: Promise<unknown>;
}

/** A reader by hand over a source: poll is pull, commit is settle with that watermark. */
export async function openTopicReader(source: Source<TopicRecord>): Promise<TopicReader> {
  const stretches = new Map<number, Stretch>();
  const closing = new AbortController();
  let isPolling = false;
  await source.start({
    lost: (origin) => {
      for (const [partition, stretch] of stretches) if (stretch.origin === origin) stretches.delete(partition);
    },
  });

  const note = (origin: Origin, { partition, offset }: TopicRecord): void => {
    const stretch = stretches.get(partition);
    if (stretch?.origin === origin) stretch.next = offset + 1;
    else stretches.set(partition, { origin, first: offset, next: offset + 1, committing: Promise.resolve() });
  };

  const commitOne = async ({ partition, offset }: TopicPosition): Promise<void> => {
    const stretch = stretches.get(partition);
    // A position from an earlier hold of this partition would undo what its owners have committed in between.
    if (stretch === undefined || offset <= stretch.first || offset > stretch.next) return;
    const { origin } = stretch;
    const settle = () => source.settle({ origin, messages: [], outcomes: [], watermark: offset }, closing.signal);
    const committed = stretch.committing.then(settle);
    stretch.committing = committed.catch(() => undefined);
    await committed;
  };

  return {
    async poll(max, signal = closing.signal) {
      if (isPolling) throw drillErrors.pollUnderWay();
      isPolling = true;
      try {
        const messages = (await source.pull(max, signal)) ?? [];
        for (const { origin, data } of messages) note(origin, data);
        return messages.map(({ data }) => data);
      } finally {
        isPolling = false;
      }
    },
    async commit(positions) {
      await Promise.all(positions.map(commitOne));
    },
    async close() {
      closing.abort();
      stretches.clear();
      await source.close();
    },
  };
}
