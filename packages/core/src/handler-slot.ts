import type { Envelope, Message } from "./message.ts";
import type { Outcome } from "./outcome.ts";

/** How often the stage looks at its slots within one deadline. */
export const sweepsPerDeadline = 8;

/** What a handler is given beside its message; valid until the handler has answered. */
export interface HandlerContext {
  /** Aborts when nobody waits for the answer any more: deadline, lost tenure, end of the pipeline. Made when first read. */
  readonly signal: AbortSignal;
}

/** Work on one message. Its answer is an outcome; whatever it throws is one too (`dead("handler-failed")`). */
export type Handler<In, Out> = (
  message: Message<In>,
  context: HandlerContext,
) => Outcome<Out> | PromiseLike<Outcome<Out>>;

/** One worker's place: the message at hand, and since when. */
export class HandlerSlot {
  message: Envelope | null = null;
  abandoned = false;
  /** What happens with an answer that is waited for. Made once: for each message they would be two more closures. */
  onAnswer: (answer: unknown) => void = () => {};
  onThrow: (thrown: unknown) => void = () => {};
  readonly context: HandlerContext;
  #controller: AbortController | null = null;
  #aborted = false;
  #turn = 0;
  #seenTurn = -1;
  #seenTimes = 0;

  constructor() {
    const signalOf = (): AbortSignal => this.#signal();
    this.context = {
      get signal(): AbortSignal {
        return signalOf();
      },
    };
  }

  begin(message: Envelope): void {
    this.message = message;
    this.#turn += 1;
    // A controller that nobody asked for is free; one that was read belonged to the message before.
    this.#controller = null;
    this.#aborted = false;
  }

  /** Nobody is at work here: the handler has answered, or the next try waits for a dependency. */
  end(): void {
    this.message = null;
  }

  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }

  abandon(): void {
    this.abandoned = true;
    this.abort();
  }

  /**
   * Asked once a sweep: has the same turn been seen for a whole deadline? Sweeps are counted and no clock is read: a process
   * that was stopped for a while, or whose clock jumps, would take every healthy handler for a hung one.
   */
  isLate(): boolean {
    if (this.message === null) return false;
    if (this.#seenTurn !== this.#turn) {
      this.#seenTurn = this.#turn;
      this.#seenTimes = 0;
    }
    this.#seenTimes += 1;
    return this.#seenTimes > sweepsPerDeadline;
  }

  #signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#aborted) this.#controller.abort();
    return this.#controller.signal;
  }
}
