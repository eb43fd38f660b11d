import type { Handler, HandlerContext } from "./handler-slot.ts";
import type { Message } from "./message.ts";
import { isOutcome, type Outcome } from "./outcome.ts";
import { isThenable } from "./thenable.ts";

/** One step of a chain: takes what the step before it made, and answers with an outcome. `message` is as it came in. */
export type Step<In, Out, Data = unknown> = (
  value: In,
  message: Message<Data>,
  context: HandlerContext,
) => Outcome<Out> | PromiseLike<Outcome<Out>>;

/** A handler made of steps. It is not called `then`: whatever awaits an object calls that. */
export interface Chain<Data, Out> extends Handler<Data, Out> {
  /** The same chain with one more step, which gets the value of this one's `done`. */
  next<Then>(step: Step<Out, Then, Data>): Chain<Data, Then>;
}

type AnyStep = (value: unknown, message: Message, context: HandlerContext) => unknown;

interface Walk {
  readonly steps: readonly AnyStep[];
  readonly message: Message;
  readonly context: HandlerContext;
}

/**
 * parse → validate → persist: `chain(parse).next(validate).next(persist)`. The first step that answers with anything but
 * `done` ends the chain with that outcome; a step that throws ends it as a handler that throws. Stays synchronous as long
 * as its steps are. A `flush` hint counts in the last step only.
 */
export function chain<Data, Out>(first: Step<Data, Out, Data>): Chain<Data, Out> {
  return link([first as AnyStep]) as Chain<Data, Out>;
}

function link(steps: readonly AnyStep[]): unknown {
  const handle = (message: Message, context: HandlerContext): unknown =>
    walk({ steps, message, context }, 0, message.data);
  return Object.assign(handle, { next: (step: AnyStep): unknown => link([...steps, step]) });
}

function walk(through: Walk, from: number, first: unknown): unknown {
  const { steps, message, context } = through;
  let value = first;
  for (let i = from; ; i += 1) {
    const answer = steps[i]?.(value, message, context);
    if (isThenable(answer)) return afterWait(through, i, answer);
    if (i === steps.length - 1 || !isOutcome(answer) || answer.kind !== "done") return answer;
    value = answer.value;
  }
}

async function afterWait(through: Walk, at: number, waitFor: PromiseLike<unknown>): Promise<unknown> {
  const answer = await waitFor;
  if (at === through.steps.length - 1 || !isOutcome(answer) || answer.kind !== "done") return answer;
  return walk(through, at + 1, answer.value);
}
