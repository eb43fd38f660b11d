import type { InboxSettings } from "./inbox-options.ts";
import { pagesStatement, pruneKeysStatement, rowsPerPage } from "./inbox-table.ts";
import type { PruneReport } from "./prune.ts";

/** Deletes old keys page by page; each statement is a transaction of its own. Remembers the page where the next call begins. */
export function createKeyPruner(settings: InboxSettings): () => Promise<PruneReport> {
  const { database, schema, inbox, retentionMs, pruneRowsMax, pruneStepsMax } = settings;
  const [pagesSql, pruneSql] = [pagesStatement(schema), pruneKeysStatement(schema)];
  const pagesPerStep = Math.ceil(pruneRowsMax / rowsPerPage);
  let page = 0;

  return async () => {
    if (retentionMs === "forever") return { pruned: 0, isDone: true };
    const { rows } = await database.query<{ pages: number }>(pagesSql);
    const pages = rows[0]?.pages ?? 0;
    let pruned = 0;
    for (let step = 0; step < pruneStepsMax && page < pages; step += 1) {
      const until = page + pagesPerStep;
      pruned += (await database.query(pruneSql, [inbox, retentionMs, `(${page},0)`, `(${until},0)`])).count;
      page = until;
    }
    const isDone = page >= pages;
    if (isDone) page = 0;
    return { pruned, isDone };
  };
}
