/** The message is processed. From a processor, `value` is what goes on to the batcher. */
export interface Done<T = unknown> {
  readonly kind: "done";
  readonly value: T;
  /** Let the batch go with this message, full or not. */
  readonly flush?: true;
}
export interface DoneHints {
  /** Close the message's batch behind it, instead of waiting until it is full or old enough. Default false. */
  readonly flush?: boolean;
}
/** Try again later, at the earliest after `afterMs` (default: as the retry policy says). */
export interface Retry {
  readonly kind: "retry";
  readonly afterMs?: number;
  readonly reason: string;
}
/** Never try again: set the message aside. `reason` is a stable kebab-case word, `detail` a sentence for people. */
export interface Dead {
  readonly kind: "dead";
  readonly reason: string;
  readonly detail: string;
}
/** Forget the message on purpose, counted under `reason`. */
export interface Drop {
  readonly kind: "drop";
  readonly reason: string;
}
/** Made by the pipeline or an adapter only: an effect may have happened (the answer was lost after sending). */
export interface Uncertain {
  readonly kind: "uncertain";
  readonly reason: string;
}

/** Made by the pipeline only: an earlier tenure had decided the message, its effect or its dead letter is there. */
export interface AlreadyDecided {
  readonly kind: "already-decided";
}
/** Made by an adapter only: nothing was written, because another owner has claimed the message's origin since. */
export interface Fenced {
  readonly kind: "fenced";
}

/** What a handler answers. */
export type Outcome<T = unknown> = Done<T> | Retry | Dead | Drop;
/** What the pipeline works with: a handler's answer, or what only the pipeline and its adapters know. */
export type FinalOutcome = Outcome | Uncertain | AlreadyDecided;

const doneWithoutValue: Done<undefined> = Object.freeze({ kind: "done", value: undefined });

export function done(): Done<undefined>;
export function done<T>(value: T, hints?: DoneHints): Done<T>;
export function done<T>(value?: T, hints?: DoneHints): Done<T | undefined> {
  if (hints?.flush === true) return { kind: "done", value, flush: true };
  return value === undefined ? doneWithoutValue : { kind: "done", value };
}

export function retry(reason: string, afterMs?: number): Retry {
  return afterMs === undefined ? { kind: "retry", reason } : { kind: "retry", reason, afterMs };
}

export function dead(reason: string, detail = ""): Dead {
  return { kind: "dead", reason, detail };
}

export function drop(reason: string): Drop {
  return { kind: "drop", reason };
}

export const alreadyDecided: AlreadyDecided = Object.freeze({ kind: "already-decided" });

export function isFenced(value: unknown): value is Fenced {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === "fenced";
}

export function isOutcome(value: unknown): value is Outcome {
  if (typeof value !== "object" || value === null || !("kind" in value)) return false;
  return value.kind === "done" || value.kind === "retry" || value.kind === "dead" || value.kind === "drop";
}
