import type { Dead } from "@weir/core";

/**
 * Whether a message may have its effect now: `new`: its key was taken in this transaction; `duplicate`: the effect is there
 * already, or will be with the transaction that took the key first; dead: it must not have one, and somebody has to look.
 */
export type Admission = "new" | "duplicate" | Dead;
