import type { Message, Origin } from "@weir/core";

export interface FencedBatch<T> {
  /** Their origins carry no fence: written as they are. */
  readonly free: readonly Message<T>[];
  /** Written under the fences of `origins`. */
  readonly guarded: readonly Message<T>[];
  readonly origins: readonly Origin[];
  /** Of an origin that has a newer tenure in this very batch: theirs is over. */
  readonly outdated: readonly Message<T>[];
}

/** Sorts a batch by who guards it, and keeps the order within. Two tenures of one origin do not share a statement. */
export function fencedBatch<T>(messages: readonly Message<T>[]): FencedBatch<T> {
  const newest = new Map<string, Origin>();
  for (const { origin } of messages) {
    if (origin.fence === undefined) continue;
    const before = newest.get(origin.id)?.fence;
    if (before === undefined || before < origin.fence) newest.set(origin.id, origin);
  }
  if (newest.size === 0) return { free: messages, guarded: [], origins: [], outdated: [] };
  const isGuarded = ({ origin }: Message<T>): boolean => newest.get(origin.id) === origin;
  return {
    free: messages.filter(({ origin }) => origin.fence === undefined),
    guarded: messages.filter(isGuarded),
    origins: [...newest.values()],
    outdated: messages.filter((message) => message.origin.fence !== undefined && !isGuarded(message)),
  };
}
