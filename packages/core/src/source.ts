import type { FinalOutcome } from "./outcome.ts";
import type { Message, Origin } from "./message.ts";

/** What became of some messages of one origin. */
export interface Settlement {
  readonly origin: Origin;
  /** The messages whose outcome became durable since the last settlement, with it. */
  readonly messages: readonly Message[];
  readonly outcomes: readonly FinalOutcome[];
  /** Every message of this tenure below this offset is settled: the position that may be committed. */
  readonly watermark: number;
}

/** `settled`: durable. `lost`: the tenure has ended; nothing was changed, others will deliver these messages again. */
export type SettleAnswer = "settled" | "lost";

export interface SourceListener {
  /**
   * The tenure has ended. The pipeline aborts its handlers, throws away what it holds of it, and settles nothing more.
   * Called synchronously, once per origin.
   */
  lost(origin: Origin): void;
  /**
   * The origin has come to its end: no pull that is called from now on brings any of it. It is still settled, and then
   * forgotten. A source whose origins are many (objects, files) calls it, or the pipeline keeps a window for each.
   */
  ended?(origin: Origin): void;
  /** The source threw `count` messages away instead of handing them out; `reason` is a stable kebab-case word. */
  shed?(reason: string, count: number): void;
}

/**
 * Where messages enter. It is pulled: the pipeline asks for what its stages have demanded, and that is the backpressure.
 *
 * Errors: all methods reject with `WeirError` only. `dependency`: the pipeline backs off and calls again.
 * Any other kind stops the pipeline.
 */
export interface Source<T> {
  readonly name: string;
  /** Called once, before the first pull. */
  start(listener: SourceListener): Promise<void>;
  /**
   * Answers with 1 to `max` messages as soon as there are any, with `[]` once `signal` aborts,
   * and with `null` when the source has come to its end. Never called again before it has answered.
   */
  pull(max: number, signal: AbortSignal): Promise<readonly Message<T>[] | null>;
  /** Hands out nothing of this origin until {@link resume}, but goes on with all others. Unknown origins are ignored. */
  pause(origin: Origin): void;
  resume(origin: Origin): void;
  /**
   * Makes a settlement durable, so that these messages are not delivered again. At most one call per origin at a time.
   * `signal` aborts at the drain's deadline: then reject with `settle-aborted`.
   */
  settle(settlement: Settlement, signal: AbortSignal): Promise<SettleAnswer>;
  /**
   * Which of these messages an earlier tenure has decided already. Asked for messages up to their origin's `decided`;
   * what it names is settled without being handled again. Needed by a source whose origins carry that number.
   */
  lookUp?(messages: readonly Message[]): Promise<ReadonlySet<Message>>;
  /**
   * A write of this tenure was refused: somebody has claimed the origin since. The tenure is over for the pipeline; a
   * source that still owns the origin begins a new one, under a new claim. Called once per origin.
   */
  fenced?(origin: Origin): void;
  /** Called once, after the last settle. Ends connections; resolves when they are closed. */
  close(): Promise<void>;
}
