import { Envelope, type Message, type Origin } from "./message.ts";
import type { OriginTrack } from "./origin-track.ts";

/** Who of some messages may have their effect in a transaction. */
export interface Checkpointed<T> {
  /** In their order. All of them must have their effect in this transaction: it stores that they are decided. */
  readonly undecided: readonly Message<T>[];
  /** Origins that somebody else has claimed since: of them nothing may be written. */
  readonly fenced: ReadonlySet<Origin>;
}

/**
 * Positions that are kept beside the effects, for effects that must happen once and have no unique key to see to it. `Tx` is
 * the transaction of the store that holds both.
 */
export interface Checkpoints<Tx> {
  /**
   * Called inside of the effects' transaction, with the messages that it is about to decide. Stores that they are, and how
   * far everything is, under the fences of their origins; both become durable with the effects or not at all. What an
   * earlier transaction has decided is left out: a batch may be written again after a lost answer.
   *
   * Until the transaction ends, others of the same origins wait. Rejects with `WeirError`.
   */
  checkpoint<T>(tx: Tx, messages: readonly Message<T>[]): Promise<Checkpointed<T>>;
}

/**
 * By origin, the offset below which everything is decided once these messages are: durably before, or with them. This is
 * what a checkpoint may store. Messages of one call that are no part of a pipeline have no position, and are left out.
 */
export function positionsAfter(messages: readonly Message[]): ReadonlyMap<Origin, number> {
  const byTrack = new Map<OriginTrack, Envelope[]>();
  for (const message of messages) {
    if (!(message instanceof Envelope) || message.track === null) continue;
    const track = message.track as OriginTrack;
    const group = byTrack.get(track);
    if (group === undefined) byTrack.set(track, [message]);
    else group.push(message);
  }
  return new Map([...byTrack].map(([track, group]) => [track.origin, track.positionAfter(group)]));
}
