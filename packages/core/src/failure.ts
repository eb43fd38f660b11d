import { asWeirError } from "./errors.ts";
import { describeMessage, type Envelope, type Message } from "./message.ts";
import { dead, isOutcome, type Outcome } from "./outcome.ts";

/** Why a message has no outcome of its handler's. */
export interface Failure {
  /** The handler threw or rejected, answered something that is no outcome, or did not answer in time. */
  readonly kind: "threw" | "no-outcome" | "deadline";
  /** What the dead letter would say, e.g. `handler-failed`. */
  readonly reason: string;
  readonly detail: string;
  /** What was thrown. */
  readonly thrown?: unknown;
}

/** Decides about a message whose handler failed; at once, since its place is held meanwhile. */
export type FailureHook<In, Out> = (message: Message<In>, failure: Failure) => Outcome<Out>;

export function threw(thrown: unknown): Failure {
  const error = asWeirError(thrown);
  const reason = error.code === "unexpected" ? "handler-failed" : error.code;
  return { kind: "threw", reason, detail: error.message, thrown };
}

export function noOutcome(message: Envelope, answer: unknown): Failure {
  const given = answer === null ? "null" : typeof answer;
  const detail = `the handler answered ${given} for ${describeMessage(message)}; expected done(), retry(), dead() or drop()`;
  return { kind: "no-outcome", reason: "no-outcome", detail };
}

export function overdue(deadlineMs: number): Failure {
  const detail = `no answer within ${deadlineMs} ms; an effect may have happened`;
  return { kind: "deadline", reason: "deadline-exceeded", detail };
}

/** The hook's answer; without one, or if the hook fails in its turn, a dead letter. */
export function outcomeOf(message: Envelope, failure: Failure, hook: FailureHook<never, unknown> | undefined): Outcome {
  const { reason, detail } = failure;
  if (hook === undefined) return dead(reason, detail);
  try {
    const answer: unknown = hook(message as never, failure);
    if (isOutcome(answer)) return answer;
    return dead(reason, `${detail}; onFailed gave no outcome`);
  } catch (thrown) {
    return dead(reason, `${detail}; onFailed failed too: ${asWeirError(thrown).message}`);
  }
}
