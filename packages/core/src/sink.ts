import type { Message } from "./message.ts";
import type { Fenced, Outcome } from "./outcome.ts";

/**
 * Why a batch was closed: it was full (`size`, `bytes`), its oldest message had waited long enough (`age`), somebody asked
 * for it (`flush`), the splitter said so (`split`), nothing more could come before it was written, because the batcher or an
 * origin's window was full (`pressure`), or the pipeline drains (`drain`).
 */
export type BatchTrigger = "size" | "bytes" | "age" | "flush" | "split" | "pressure" | "drain";

export interface Batch<T = unknown> {
  /** Batches of one key are written one after the other. */
  readonly key: string;
  readonly messages: readonly Message<T>[];
  readonly trigger: BatchTrigger;
}

/** One outcome for the whole batch, or one per message: what is missing in the map counts as failed. */
export type Outcomes = Outcome | ReadonlyMap<Message, Outcome | Fenced>;

/**
 * Where effects land. `write` may be called again with the same messages (after a lost answer, a crash, a rebalance):
 * it must have its effect once per origin and offset, or bring a dedupe key.
 *
 * Errors decide who pays (`WeirError.kind`): `row`: the batch is bisected until the message at fault is alone;
 * `dependency`: the same batch is written again after a backoff, at no message's cost; `programming`: the pipeline stops.
 */
export interface Sink<T> {
  readonly name: string;
  write(batch: Batch<T>, signal: AbortSignal): Promise<Outcomes>;
  /** Called once, after the last write. */
  close?(): Promise<void>;
}
