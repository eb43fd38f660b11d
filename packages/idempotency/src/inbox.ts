import { dead } from "@weir/core";
import type { Transaction } from "@weir/postgres";
import type { Admission } from "./admission.ts";
import { dedupeKey, inLockOrder, payloadDigest } from "./dedupe-key.ts";
import type { GivenKey } from "./dedupe-key.ts";
import { inboxSettings } from "./inbox-options.ts";
import type { InboxOptions } from "./inbox-options.ts";
import { pruneKeysStatement, takeStatement } from "./inbox-table.ts";
import { prune } from "./prune.ts";
import type { PruneReport } from "./prune.ts";

export interface InboxEntry {
  readonly key: GivenKey;
  /** Its digest is kept with the key. Give what stays the same when the message is delivered again: no time, no attempt. */
  readonly payload: string | Uint8Array | null;
}

export interface Inbox {
  readonly name: string;
  /**
   * Takes the entries' keys in the caller's transaction, and answers for each entry, in their order. Whoever is `new` has its
   * effect in this same transaction, or not at all. A key that another transaction has taken is waited for: if that one
   * rolls back, the key is ours. The same key with another payload is dead (`key-conflict`), also within one call; a key
   * that is none is dead with its reason (`key-missing`, `key-empty`, `key-too-long`, `key-not-text`).
   *
   * Calls in two transactions cannot deadlock, if each transaction calls once. Rejects with the errors of `@weir/postgres`.
   */
  admit(tx: Transaction, entries: readonly InboxEntry[]): Promise<readonly Admission[]>;
  /** Deletes keys that are older than `retentionMs`, in bounded steps. Call it from time to time. */
  prune(): Promise<PruneReport>;
}

/** Throws `invalid-options` with all faults at once. */
export function createInbox(options: InboxOptions): Inbox {
  const { database, schema, inbox, retentionMs, keyBytesMax, ...steps } = inboxSettings(options);
  const take = takeStatement(schema);
  const pruneSql = pruneKeysStatement(schema);

  /** A key that was taken while the statement ran has no digest yet: asked again, it is visible. */
  async function takeAll(tx: Transaction, asked: ReadonlyMap<string, Uint8Array>): Promise<Map<string, Uint8Array>> {
    const held = new Map<string, Uint8Array>();
    let keys = inLockOrder(asked.keys());
    while (keys.length > 0) {
      const digests = keys.map((key) => asked.get(key) as Uint8Array);
      const { rows } = await tx.query<{ place: number; digest: Uint8Array | null }>(take, [inbox, keys, digests]);
      const unclear: string[] = [];
      for (const { place, digest } of rows) {
        const key = keys[place - 1] as string;
        if (digest === null) unclear.push(key);
        else held.set(key, digest);
      }
      keys = inLockOrder(unclear);
    }
    return held;
  }

  return {
    name: inbox,
    async admit(tx, entries) {
      const read = entries.map(({ key, payload }) => {
        const text = dedupeKey(key, keyBytesMax);
        return typeof text === "string" ? { key: text, digest: payloadDigest(payload) } : text;
      });
      const first = new Map<string, Uint8Array>();
      for (const entry of read) if ("key" in entry && !first.has(entry.key)) first.set(entry.key, entry.digest);
      const held = await takeAll(tx, first);
      const isAdmitted = new Set(held.keys());
      return read.map((entry): Admission => {
        if (!("key" in entry)) return entry;
        const { key, digest } = entry;
        if (!isAdmitted.has(key)) {
          isAdmitted.add(key);
          return "new";
        }
        const known = held.get(key) ?? first.get(key) ?? digest;
        return Buffer.compare(known, digest) === 0 ? "duplicate" : conflict(key);
      });
    },
    prune: () =>
      retentionMs === "forever"
        ? Promise.resolve({ pruned: 0, isDone: true })
        : prune(database, { sql: pruneSql, params: [inbox, retentionMs], ...steps }),
  };
}

function conflict(key: string): Admission {
  return dead(
    "key-conflict",
    `the dedupe key ${JSON.stringify(key)} was used for another payload: nothing was applied`,
  );
}
