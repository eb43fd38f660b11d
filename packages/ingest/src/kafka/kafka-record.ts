import { createMessage } from "@weir/core";
import type { Message, Origin } from "@weir/core";
import type { KafkaMessage } from "kafkajs";

export type KafkaHeaders = Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;

/** One record of a topic, as it arrived. */
export interface KafkaRecord {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: Buffer | null;
  /** `null`: a tombstone. */
  readonly value: Buffer | null;
  readonly headers: KafkaHeaders;
  /** Given by the producer or the broker, as the topic says; milliseconds since the Unix epoch. */
  readonly timestampMs: number;
}

export interface Place {
  readonly topic: string;
  readonly partition: number;
}

export function toRecord({ topic, partition }: Place, message: KafkaMessage): KafkaRecord {
  return {
    topic,
    partition,
    offset: Number(message.offset),
    key: message.key,
    value: message.value,
    headers: message.headers ?? {},
    timestampMs: Number(message.timestamp),
  };
}

/** The record on its way through a pipeline: the key's bytes decide the order, the value's bytes are kept for a dead letter. */
export function toMessage(origin: Origin, record: KafkaRecord): Message<KafkaRecord> {
  return createMessage({ origin, offset: record.offset, key: record.key, data: record, raw: record.value });
}

export function placeId({ topic, partition }: Place): string {
  return `${topic}/${partition}`;
}
