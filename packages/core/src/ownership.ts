import type { Message } from "./message.ts";

/** What a new owner of one origin learns. */
export interface Claim {
  /** Rises with every claim of the origin, whoever makes it: writes under a lower one are refused. */
  readonly fence: number;
  /** Where to start, if the position is kept beside the effects; `null`: where the source itself has committed. */
  readonly position: number | null;
  /** The highest offset with a durable outcome (an effect or a dead letter); −1: none. Not all below it need have one. */
  readonly decided: number;
}

export interface ClaimOptions {
  /** The origin begins anew, with other messages under the same offsets: what is stored of its position is forgotten. */
  readonly isAnew?: boolean;
}

/**
 * Who may write for an origin, kept beside the effects. A source claims each origin that it is given, before it hands
 * out the first message; sinks and dead letters write only while the fence of their message's origin is the highest.
 * Rejects with `WeirError`.
 */
export interface Ownership {
  /**
   * Takes the origin over, from whoever has it. Resolves when no statement of a former owner is under way any more:
   * what is decided by then stays decided, and nothing else will be, but by us.
   */
  claim(originId: string, options?: ClaimOptions): Promise<Claim>;
  /** Which of these messages are decided already: their effect or their dead letter is there. */
  lookUp(messages: readonly Message[]): Promise<ReadonlySet<Message>>;
}
