import { WeirError } from "@weir/core";

const forbidden = new WeakSet<object>();
const asked = new WeakMap<object, number>();

/** A service may ask for no longer than this: a week. More is a mistake of its clock or of its unit. */
const askedMaxMs = 7 * 86_400_000;

/** Marks an error as one that no attempt can mend (a 404, a refused payload): there is no retry. Answers with it. */
export function permanent<E extends object>(error: E): E {
  forbidden.add(error);
  return error;
}

/** Marks an error with the delay that the other side asked for (Retry-After), in ms. Answers with it. */
export function retryAfter<E extends object>(error: E, delayMs: number): E {
  if (Number.isFinite(delayMs) && delayMs >= 0) asked.set(error, Math.min(delayMs, askedMaxMs));
  return error;
}

/** A `WeirError` that blames the message or the code is as permanent as a marked one. */
export function isPermanent(error: unknown): boolean {
  if (typeof error !== "object" || error === null) return false;
  return forbidden.has(error) || (error instanceof WeirError && error.kind !== "dependency");
}

/** `undefined`: nobody asked. */
export function askedDelayMs(error: unknown): number | undefined {
  return typeof error === "object" && error !== null ? asked.get(error) : undefined;
}
