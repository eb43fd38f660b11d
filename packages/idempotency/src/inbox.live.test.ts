import { describeLive } from "@weir/services/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createInbox } from "./idempotency.ts";
import type { Admission } from "./idempotency.ts";
import { LiveLedger } from "./live-ledger.ts";

let ledger: LiveLedger;
const entryOf = (key: string, payload = key) => ({ key, payload });
const dead = (reason: string): unknown => expect.objectContaining({ kind: "dead", reason });

function admit(...entries: { key: string; payload: string }[]): Promise<readonly Admission[]> {
  return ledger.database.transaction((tx) => ledger.inbox.admit(tx, entries));
}

describeLive("an inbox", () => {
  beforeAll(async () => void (ledger = await LiveLedger.create()));
  beforeEach(() => ledger.database.query(`truncate ${ledger.table("dedupe_keys")}, ${ledger.table("entries")}`));
  afterAll(() => ledger.drop());

  it("refuses another payload under a key, whether kept or in the same call", async () => {
    await admit(entryOf("a", "10"));
    expect(await admit(entryOf("a", "11"), entryOf("a", "10"), entryOf("b", "1"), entryOf("b", "2"))).toEqual([
      dead("key-conflict"),
      "duplicate",
      "new",
      dead("key-conflict"),
    ]);
  });

  it("knows an empty payload from none", async () => {
    const { inbox, database } = ledger;
    await admit(entryOf("a", ""));
    const [answer] = await database.transaction((tx) => inbox.admit(tx, [{ key: "a", payload: null }]));
    expect(answer).toEqual(dead("key-conflict"));
  });

  it("keeps inboxes apart", async () => {
    const { database, schema } = ledger;
    const other = createInbox({
      database,
      schema,
      inbox: "other",
      retentionMs: "forever",
      topicRetentionMs: "forever",
    });
    await admit(entryOf("a", "1"));
    expect(await database.transaction((tx) => other.admit(tx, [entryOf("a", "2")]))).toEqual(["new"]);
  });

  it("forced twenty times, two transactions that look at a key at the same moment have one effect", async () => {
    const { database, inbox } = ledger;
    const work = (key: string) =>
      database.transaction(async (tx) => {
        const [admission] = await inbox.admit(tx, [entryOf(key)]);
        if (admission === "new") await ledger.book(tx, [{ key, amount: 1 }]);
        return admission;
      });
    for (let round = 0; round < 20; round += 1) {
      const key = `race-${round}`;
      let both: Promise<(Admission | undefined)[]> = Promise.resolve([]);
      await database.transaction(async (judge) => {
        await judge.query(`lock table ${ledger.table("dedupe_keys")} in share mode`);
        both = Promise.all([work(key), work(key)]);
        await ledger.untilWaiting(2);
      });
      expect(new Set(await both)).toEqual(new Set(["duplicate", "new"]));
    }
    expect(await ledger.booked()).toHaveLength(20);
  });

  it("two batches with the same keys in opposite order never deadlock", async () => {
    for (let round = 0; round < 20; round += 1) {
      const keys = Array.from({ length: 500 }, (_, i) => entryOf(`${round}/${i}`));
      const [one, two] = await Promise.all([admit(...keys), admit(...keys.toReversed())]);
      const fresh = [...one, ...two].filter((admission) => admission === "new");
      expect(fresh).toHaveLength(500);
    }
  });

  it("prunes what is older than the retention, in bounded steps, and nothing else", async () => {
    const { database, schema } = ledger;
    const table = ledger.table("dedupe_keys");
    await admit(...Array.from({ length: 1_000 }, (_, i) => entryOf(`old-${i}`)));
    await database.query(`update ${table} set admitted_at = now() - interval '2 minutes'`);
    await admit(entryOf("young"));
    const options = { database, schema, inbox: "ledger", retentionMs: 60_000, topicRetentionMs: 60_000 };
    const others = createInbox({ ...options, inbox: "other" });
    expect(await others.prune()).toEqual({ pruned: 0, isDone: true });
    const inbox = createInbox({ ...options, pruneRowsMax: 200, pruneStepsMax: 2 });
    const reports = [await inbox.prune()];
    while (reports.at(-1)?.isDone === false) reports.push(await inbox.prune());
    expect(reports.length).toBeGreaterThan(2);
    expect(Math.max(...reports.map(({ pruned }) => pruned))).toBeLessThan(1_000);
    expect(reports.reduce((sum, { pruned }) => sum + pruned, 0)).toBe(1_000);
    expect(await inbox.prune()).toMatchObject({ pruned: 0 });
    expect(await admit(entryOf("young"), entryOf("old-1"))).toEqual(["duplicate", "new"]);
    const keeper = createInbox({ ...options, retentionMs: "forever" });
    expect(await keeper.prune()).toEqual({ pruned: 0, isDone: true });
  });
});
