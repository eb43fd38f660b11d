import type { Checkpoints, Message, Origin } from "@weir/core";
import { ownershipErrors } from "@weir/postgres";
import type { Transaction } from "@weir/postgres";

/** Thrown inside of a transaction to undo it: these origins are not ours any more. It leaves this package never. */
export class ClaimedByOthers extends Error {
  readonly origins: ReadonlySet<Origin>;

  constructor(origins: ReadonlySet<Origin>) {
    super("origins were claimed by others");
    this.origins = origins;
  }
}

export interface PositionKeeper {
  /** Who asks, for the sentence of an error. */
  readonly name: string;
  readonly ownership?: Checkpoints<Transaction>;
}

/**
 * Stores in `tx` that these messages are decided, where their origins carry a fence, and answers with those that no earlier
 * transaction has decided. Messages without a fence have no position here, and are all answered.
 * Throws {@link ClaimedByOthers}.
 */
export async function storePositions<T>(
  tx: Transaction,
  messages: readonly Message<T>[],
  { name, ownership }: PositionKeeper,
): Promise<readonly Message<T>[]> {
  const guarded = messages.filter(({ origin }) => origin.fence !== undefined);
  const [first] = guarded;
  if (first === undefined) return messages;
  if (ownership === undefined) throw ownershipErrors.unguarded(`sink ${name}`, first.origin.id);
  const { undecided, fenced } = await ownership.checkpoint(tx, guarded);
  if (fenced.size > 0) throw new ClaimedByOthers(fenced);
  const isUndecided = new Set(undecided);
  return messages.filter((message) => message.origin.fence === undefined || isUndecided.has(message));
}
