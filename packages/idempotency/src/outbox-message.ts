import { idempotencyErrors } from "./idempotency-errors.ts";
import { inLockOrder } from "./dedupe-key.ts";
import { textFaults } from "./option-faults.ts";

/** What is to be told to others, once the transaction that says so has been committed. */
export interface OutboxMessage {
  readonly topic: string;
  /** Whose order counts: an order's id, an account. It becomes the record's key. */
  readonly aggregate: string;
  /** `null`: a tombstone. */
  readonly payload: string | Uint8Array | null;
  /** Go into the record as they are; names that begin with `weir-` are taken. */
  readonly headers?: Readonly<Record<string, string>>;
}

export interface MessageLimits {
  readonly unsentMax: number;
  readonly payloadBytesMax: number;
}

/** Throws `invalid-outbox-message` with the faults of all messages, each with its place. */
export function checkMessages(messages: readonly OutboxMessage[], limits: MessageLimits): void {
  const { unsentMax, payloadBytesMax } = limits;
  const count = messages.length;
  // They would be refused as `outbox-full`, which says that a later try may succeed.
  if (count > unsentMax) throw idempotencyErrors.invalidMessage([`${count} at once, at most ${unsentMax} are taken`]);
  const faults = messages.flatMap((message, place) =>
    messageFaults(message, payloadBytesMax).map((fault) => `${place}: ${fault}`),
  );
  if (faults.length > 0) throw idempotencyErrors.invalidMessage(faults);
}

function messageFaults({ topic, aggregate, payload, headers = {} }: OutboxMessage, payloadBytesMax: number): string[] {
  const faults = [...textFaults("topic", topic), ...textFaults("aggregate", aggregate)];
  if (payload !== null && typeof payload !== "string" && !(payload instanceof Uint8Array)) {
    faults.push("payload: expected text, bytes or null");
  } else if (bytesOf(payload).byteLength > payloadBytesMax) {
    faults.push(`payload: ${bytesOf(payload).byteLength} bytes, at most ${payloadBytesMax} fit`);
  }
  for (const [name, value] of Object.entries(headers)) {
    if (name.startsWith("weir-")) faults.push(`headers.${name}: names that begin with weir- are taken`);
    const isText = [name, value].every(
      (text) => typeof text === "string" && text.isWellFormed() && !text.includes("\0"),
    );
    if (!isText) faults.push(`headers.${name}: expected text without NUL`);
  }
  return faults;
}

function bytesOf(payload: string | Uint8Array | null): Uint8Array {
  return typeof payload === "string" ? Buffer.from(payload) : (payload ?? new Uint8Array());
}

/** The parameters of `appendStatement`: aggregates in lock order with how many each gets, then one array per column. */
export function appendParams(messages: readonly OutboxMessage[]) {
  const counts = new Map<string, number>();
  for (const { aggregate } of messages) counts.set(aggregate, (counts.get(aggregate) ?? 0) + 1);
  const aggregates = inLockOrder(counts.keys());
  const behind = new Map(counts);
  const places = messages.map(({ aggregate }) => {
    const left = (behind.get(aggregate) ?? 1) - 1;
    behind.set(aggregate, left);
    return left;
  });
  return [
    aggregates,
    aggregates.map((aggregate) => counts.get(aggregate) ?? 0),
    messages.map(({ aggregate }) => aggregate),
    places,
    messages.map(({ topic }) => topic),
    messages.map(({ payload }) => (payload === null ? null : bytesOf(payload))),
    messages.map(({ headers }) => (headers === undefined ? null : JSON.stringify(headers))),
  ];
}
