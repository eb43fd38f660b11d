import type { Context } from "./context.ts";
import { Dependency, wait } from "./dependency.ts";
import { WeirError } from "./errors.ts";
import { threw, type Failure } from "./failure.ts";
import type { Handler, HandlerSlot } from "./handler-slot.ts";
import type { Envelope } from "./message.ts";
import { isLost } from "./origin-track.ts";
import type { Outcome } from "./outcome.ts";

export interface HandlerRetriesOptions {
  readonly handle: Handler<unknown, unknown>;
  decide(message: Envelope, failure: Failure): Outcome;
}

/** What comes of a handler that threw: an outcome, or another try once what it depends on may be back. */
export class HandlerRetries {
  readonly #context: Context;
  readonly #options: HandlerRetriesOptions;
  readonly #dependency: Dependency;

  constructor(context: Context, options: HandlerRetriesOptions) {
    this.#context = context;
    this.#options = options;
    this.#dependency = new Dependency(context.pipeline, "handler", context.clock);
  }

  /**
   * A dependency's failure costs the message nothing: it waits in its slot and is handled again.
   * `undefined`: nobody waits for an answer any more.
   */
  async answerAfter(slot: HandlerSlot, message: Envelope, first: unknown): Promise<unknown> {
    const { clock, giveUp } = this.#context;
    for (let thrown = first; ;) {
      if (!(thrown instanceof WeirError && thrown.kind === "dependency")) {
        this.#dependency.answered(slot);
        return slot.abandoned || isLost(message) ? undefined : this.#options.decide(message, threw(thrown));
      }
      // Its deadline is for the handler's own work: it begins anew with the next try. Too late already: no next try.
      if (slot.abandoned) return undefined;
      slot.end();
      await wait(clock, this.#dependency.failed(thrown, slot), giveUp);
      if (giveUp.aborted || isLost(message)) {
        this.#dependency.abandoned(slot);
        return undefined;
      }
      slot.begin(message);
      try {
        const answer = await this.#options.handle(message, slot.context);
        this.#dependency.answered(slot);
        return answer;
      } catch (again) {
        thrown = again;
      }
    }
  }

  /** The slot's handler is waited for no longer. */
  abandoned(slot: HandlerSlot): void {
    this.#dependency.abandoned(slot);
  }
}
