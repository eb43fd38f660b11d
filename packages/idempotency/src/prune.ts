import type { Database, SqlValue } from "@weir/postgres";

export interface PruneReport {
  readonly pruned: number;
  /** False: there may be more; call again. */
  readonly isDone: boolean;
}

export interface Pruning {
  readonly sql: string;
  /** The last parameter, the number of rows, is added. */
  readonly params: readonly SqlValue[];
  readonly pruneRowsMax: number;
  readonly pruneStepsMax: number;
}

/** Deletes in steps, each a transaction of its own: short locks, and what was done stays done. */
export async function prune(database: Database, pruning: Pruning): Promise<PruneReport> {
  const { sql, params, pruneRowsMax, pruneStepsMax } = pruning;
  let pruned = 0;
  for (let step = 0; step < pruneStepsMax; step += 1) {
    const { count } = await database.query(sql, [...params, pruneRowsMax]);
    pruned += count;
    if (count < pruneRowsMax) return { pruned, isDone: true };
  }
  return { pruned, isDone: false };
}
