/**
 *             join: held before and after, same member id        join: still assigned, new member id
 *           ┌──────────── retained (goes on) ◀──── held ───────▶ lost, then gained (a new tenure)
 *  gained ──┘                                       │
 *                                                   └─ join: not assigned · consumer given up · log cut back ──▶ lost
 *
 * `lost` is final: settles of a lost tenure change nothing, its batches are ignored.
 */
import type { Claim, Origin } from "@weir/core";
import { placeId, type Place } from "./kafka-record.ts";
import { RecordQueue } from "./record-queue.ts";

/** The fence is known only once the tenure has been claimed, and before its first message. */
interface TenureOrigin extends Origin {
  fence?: number;
  decided?: number;
}

/** One period of owning a partition. */
export class Tenure implements Place {
  readonly origin: TenureOrigin;
  readonly topic: string;
  readonly partition: number;
  readonly queue = new RecordQueue();
  /** The next offset that we do not have yet; −1 until the first batch, unless a position is stored: the start is wherever the group has committed. */
  next = -1;
  /** Everything below is settled; −1 until the first batch. */
  watermark = -1;
  /** The broker has confirmed it. */
  committed = -1;
  /** No restart begins below: what was committed at the last join. The client may have read it before later commits. */
  restartFloor = -1;
  /** The pipeline's window is full: nothing of it is handed out. */
  isHeldBack = false;
  /** Its fetching is paused. */
  isPaused = false;
  /** The client has put the position back to the log's beginning, by itself. */
  wasReset = false;
  isLost = false;
  /** Claimed, or in need of no claim: before that it is paused, and nothing of it is taken in. */
  isOwned: boolean;
  isBeingClaimed = false;
  /** Where it starts if no position is stored: `null`: where the group has committed, and the client with it. */
  resumesAt: number | null = null;
  /** Its position is stored outside of Kafka: the client must be put there, now and at every join. */
  hasStoredPosition = false;
  /** It began with a log made anew: a position that is stored is of the old one, and must be forgotten. */
  isOfNewLog = false;

  constructor({ topic, partition }: Place, epoch: number, isOwned = true) {
    this.isOwned = isOwned;
    this.origin = { id: placeId({ topic, partition }), epoch };
    this.topic = topic;
    this.partition = partition;
  }

  own({ fence, decided, position }: Claim): void {
    this.origin.fence = fence;
    this.origin.decided = decided;
    this.isOwned = true;
    this.isBeingClaimed = false;
    if (position === null) return;
    // What lies below is left out, if the client brings it all the same; and a log that ends below is another one.
    this.next = this.resumesAt = position;
    this.hasStoredPosition = true;
  }
}

export interface Division {
  readonly epoch: number;
  readonly gained: readonly Tenure[];
  readonly retained: readonly Tenure[];
  readonly lost: readonly Tenure[];
}

export class Tenures {
  readonly #held = new Map<string, Tenure>();
  readonly #areOwnedAtOnce: boolean;
  #memberId: string | null = null;
  #epoch = 0;

  /** Unless they are owned at once, tenures wait for their claim. */
  constructor(areOwnedAtOnce = true) {
    this.#areOwnedAtOnce = areOwnedAtOnce;
  }

  get held(): IterableIterator<Tenure> {
    return this.#held.values();
  }

  at(place: Place): Tenure | undefined {
    return this.#held.get(placeId(place));
  }

  /** `undefined`: the tenure has ended. Object identity is tenure identity. */
  of(origin: Origin): Tenure | undefined {
    const tenure = this.#held.get(origin.id);
    return tenure?.origin === origin ? tenure : undefined;
  }

  /** The group was divided. Under a new member id others may have owned our partitions in between: nothing is retained. */
  join(memberId: string, assigned: readonly Place[]): Division {
    this.#epoch += 1;
    const ids = new Set(assigned.map(placeId));
    const isSameMember = this.#memberId === memberId;
    this.#memberId = memberId;
    const lost = [...this.#held.values()].filter(({ origin }) => !isSameMember || !ids.has(origin.id));
    for (const tenure of lost) this.#end(tenure);
    const retained = [...this.#held.values()];
    for (const tenure of retained) tenure.restartFloor = tenure.committed;
    const gained = assigned.filter((place) => !this.#held.has(placeId(place))).map((place) => this.#begin(place));
    return { epoch: this.#epoch, gained, retained, lost };
  }

  /** The consumer is gone, and its member id with it. */
  loseAll(): Tenure[] {
    const lost = [...this.#held.values()];
    for (const tenure of lost) this.#end(tenure);
    this.#memberId = null;
    return lost;
  }

  /** The log is another one than before, or somebody had claimed the partition: the same place, but a new tenure. */
  renew(tenure: Tenure): Tenure {
    this.#end(tenure);
    this.#epoch += 1;
    return this.#begin(tenure);
  }

  #begin(place: Place): Tenure {
    const tenure = new Tenure(place, this.#epoch, this.#areOwnedAtOnce);
    this.#held.set(tenure.origin.id, tenure);
    return tenure;
  }

  #end(tenure: Tenure): void {
    tenure.isLost = true;
    tenure.queue.clear();
    this.#held.delete(tenure.origin.id);
  }
}

export function idsOf(tenures: readonly Tenure[]): string[] {
  return tenures.map(({ origin }) => origin.id);
}
