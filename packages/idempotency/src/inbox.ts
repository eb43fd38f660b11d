import { dead } from "@weir/core";
import type { Transaction } from "@weir/postgres";
import type { Admission } from "./admission.ts";
import { dedupeKey, inLockOrder, payloadDigest } from "./dedupe-key.ts";
import type { GivenKey } from "./dedupe-key.ts";
import { inboxSettings } from "./inbox-options.ts";
import type { InboxOptions } from "./inbox-options.ts";
import { takeStatement } from "./inbox-table.ts";
import { createKeyPruner } from "./key-pruner.ts";
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
  /**
   * Goes through the table in bounded steps and deletes keys that are older than `retentionMs`. The next call goes on where
   * this one ended; `isDone` says that the table's end was reached. Call it from time to time.
   */
  prune(): Promise<PruneReport>;
}

/** By place, from 1; null instead of none. */
interface Held {
  readonly same: readonly number[] | null;
  readonly other: readonly number[] | null;
  readonly digests: readonly Uint8Array[] | null;
  readonly unclear: readonly number[] | null;
}

const nothingHeld: Held = { same: null, other: null, digests: null, unclear: null };

/** Throws `invalid-options` with all faults at once. */
export function createInbox(options: InboxOptions): Inbox {
  const settings = inboxSettings(options);
  const { schema, inbox, keyBytesMax } = settings;
  const take = takeStatement(schema);

  /** The digests of keys that are held already. A key that was taken while the statement ran is asked for again. */
  async function takeAll(tx: Transaction, asked: ReadonlyMap<string, Uint8Array>): Promise<Map<string, Uint8Array>> {
    const held = new Map<string, Uint8Array>();
    let keys = inLockOrder(asked.keys());
    while (keys.length > 0) {
      const digests = keys.map((key) => asked.get(key) as Uint8Array);
      const { rows } = await tx.query<Held>(take, [inbox, keys, Buffer.concat(digests)]);
      const { same, other, digests: known, unclear } = rows[0] ?? nothingHeld;
      for (const place of same ?? []) held.set(keys[place - 1] as string, digests[place - 1] as Uint8Array);
      for (const [i, place] of (other ?? []).entries()) held.set(keys[place - 1] as string, known?.[i] as Uint8Array);
      const again = (unclear ?? []).map((place) => keys[place - 1] as string);
      keys = inLockOrder(again);
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
    prune: createKeyPruner(settings),
  };
}

function conflict(key: string): Admission {
  return dead(
    "key-conflict",
    `the dedupe key ${JSON.stringify(key)} was used for another payload: nothing was applied`,
  );
}
