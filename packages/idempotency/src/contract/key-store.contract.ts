import type { Database } from "@weir/postgres";
import { expect, it } from "vitest";
import type { Inbox } from "../inbox.ts";

export interface KeyStore {
  readonly database: Database;
  readonly inbox: Inbox;
  /** A key that was never used. */
  freshKey(): string;
  /** Resolves when a transaction of this store waits for another. */
  untilOneWaits(): Promise<void>;
}

const dead = (reason: string): unknown => expect.objectContaining({ kind: "dead", reason });
const entryOf = (key: string, payload = "1") => ({ key, payload });

/** What an inbox rests on. A store in memory may stand for Postgres only where it keeps the same promises. */
export function keyStoreContract(storeOf: () => KeyStore): void {
  const admit = (...entries: { key: string; payload: string }[]) =>
    storeOf().database.transaction((tx) => storeOf().inbox.admit(tx, entries));

  /** Takes keys in a transaction that stays open until it is told how to end. */
  async function hold(...entries: { key: string; payload: string }[]) {
    const { promise: ending, resolve: end } = Promise.withResolvers<"commit" | "rollback">();
    const { promise: isTaken, resolve: taken } = Promise.withResolvers<void>();
    const over = storeOf()
      .database.transaction(async (tx) => {
        await storeOf().inbox.admit(tx, entries);
        taken();
        if ((await ending) === "rollback") throw new Error("rolled back");
      })
      .catch(() => undefined);
    await isTaken;
    return async (how: "commit" | "rollback"): Promise<void> => {
      end(how);
      await over;
    };
  }

  it("a key is admitted once, in one call or in several", async () => {
    const [a, b, c] = [storeOf().freshKey(), storeOf().freshKey(), storeOf().freshKey()];
    expect(await admit(entryOf(b), entryOf(a), entryOf(b))).toEqual(["new", "new", "duplicate"]);
    expect(await admit(entryOf(a), entryOf(c), entryOf(b))).toEqual(["duplicate", "new", "duplicate"]);
  });

  it("a key is free again when its transaction was rolled back", async () => {
    const key = storeOf().freshKey();
    const end = await hold(entryOf(key));
    await end("rollback");
    expect(await admit(entryOf(key))).toEqual(["new"]);
  });

  it("a key of its own transaction is a duplicate there", async () => {
    const key = storeOf().freshKey();
    const both = await storeOf().database.transaction(async (tx) => [
      await storeOf().inbox.admit(tx, [entryOf(key)]),
      await storeOf().inbox.admit(tx, [entryOf(key), entryOf(key, "2")]),
    ]);
    expect(both).toEqual([["new"], ["duplicate", dead("key-conflict")]]);
  });

  it.each(["commit", "rollback"] as const)(
    "a key that another transaction holds is waited for, until its %s",
    async (how) => {
      const [key, own] = [storeOf().freshKey(), storeOf().freshKey()];
      const end = await hold(entryOf(key));
      const second = admit(entryOf(own), entryOf(key));
      await storeOf().untilOneWaits();
      await end(how);
      expect(await second).toEqual(["new", how === "commit" ? "duplicate" : "new"]);
    },
  );

  it("a digest that was committed while the statement waited is seen all the same", async () => {
    const [a, b, c] = [storeOf().freshKey(), storeOf().freshKey(), storeOf().freshKey()];
    const end = await hold(entryOf(a), entryOf(b));
    const second = admit(entryOf(b), entryOf(a, "2"), entryOf(c));
    await storeOf().untilOneWaits();
    await end("commit");
    expect(await second).toEqual(["duplicate", dead("key-conflict"), "new"]);
  });
}
