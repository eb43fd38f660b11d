/**
 * One tenure of one stretch of input: a Kafka partition while we own it, an S3 object while we read it.
 * A source makes a new object for every tenure and hands the same object out with every message of it:
 * object identity is tenure identity.
 */
export interface Origin {
  /** Names the stretch, the same in every tenure, e.g. `orders/3`. */
  readonly id: string;
  /** Number of the tenure, rising. A settle from an earlier epoch changes nothing. */
  readonly epoch: number;
  /** Under which fence this tenure writes (see `Ownership`), set before its first message. Absent: nothing guards its writes. */
  readonly fence?: number;
  /** Up to this offset an earlier tenure may have decided messages: they are looked up before they are handled. */
  readonly decided?: number;
}

export type MessageKey = string | Uint8Array | null;

export interface MessageInit<T> {
  readonly origin: Origin;
  /** Place within the origin, rising, not necessarily without holes. At most 2^53 − 1. */
  readonly offset: number;
  /** Messages of one key keep their order; `null` has no order. */
  readonly key: MessageKey;
  readonly data: T;
  /** The bytes as they arrived: what a dead letter keeps. `null` where the source had none. */
  readonly raw: Uint8Array | null;
  /** From 1. Default 1. */
  readonly attempt?: number;
}

/** One unit of data on its way through a pipeline. Made by {@link createMessage} only. */
export interface Message<T = unknown> {
  readonly origin: Origin;
  readonly offset: number;
  readonly key: MessageKey;
  /** What the last stage made of it. */
  readonly data: T;
  readonly raw: Uint8Array | null;
  readonly attempt: number;
}

/**
 * The message with the slots that stages use on its way. They stand on the object because a Map entry per
 * message and stage costs a fifth of the speed in garbage collection.
 */
export class Envelope implements Message {
  readonly origin: Origin;
  readonly offset: number;
  readonly key: MessageKey;
  data: unknown;
  readonly raw: Uint8Array | null;
  readonly attempt: number;
  /** The bookkeeping of its origin, set when it is pulled. */
  track: unknown = null;
  /** Its place among the messages pulled from this origin, from 0 and without holes. */
  sequence = -1;
  /** Which lane it queues in; −1: no key, no order. */
  lane = -1;
  /** The message behind it in the same lane. */
  next: Envelope | null = null;
  /** The batch that it belongs to; membership is asked by identity. */
  batch: unknown = null;
  /** Its handler asked that its batch goes at once. */
  flush = false;
  /** What became of it; `null` while undecided. */
  outcome: unknown = null;

  constructor(init: MessageInit<unknown>) {
    this.origin = init.origin;
    this.offset = init.offset;
    this.key = init.key;
    this.data = init.data;
    this.raw = init.raw;
    this.attempt = init.attempt ?? 1;
  }
}

export function createMessage<T>(init: MessageInit<T>): Message<T> {
  return new Envelope(init) as unknown as Message<T>;
}

/** Identity of a message across tenures, for people and for unique keys: `orders/3@1207`. */
export function describeMessage(message: Message): string {
  return `${message.origin.id}@${message.offset}`;
}
