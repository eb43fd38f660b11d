import { done, WeirError } from "@weir/core";
import type { Message, Origin, Outcomes } from "@weir/core";
import { createOwnership } from "@weir/postgres";
import type { PostgresOwnership } from "@weir/postgres";
import { describeLive } from "@weir/services/testing";
import { afterAll, beforeAll, beforeEach, expect, it } from "vitest";
import { createCheckpointSink, createInboxSink, createSequence, createSequenceSink } from "./idempotency.ts";
import type { EffectSink } from "./idempotency.ts";
import { batchOf, LiveLedger, messageOf } from "./live-ledger.ts";
import type { Entry } from "./live-ledger.ts";

let ledger: LiveLedger;
let ownership: PostgresOwnership;
const signal = new AbortController().signal;
const keyOf = ({ data }: Message<Entry>): string => data.key;
const dead = (reason: string): unknown => expect.objectContaining({ kind: "dead", reason });
const entry = (key: string, amount = 1): Message<Entry> => messageOf({ key, amount });

function inboxSink(more: { ownership?: PostgresOwnership; effect?: typeof ledger.apply } = {}): EffectSink<Entry> {
  const { database, inbox, apply } = ledger;
  return createInboxSink({ name: "ledger", database, inbox, keyOf, effect: apply, ...more });
}

function perMessage(outcomes: Outcomes, messages: readonly Message[]): unknown[] {
  return messages.map((message) => (outcomes instanceof Map ? outcomes.get(message) : outcomes));
}

async function claimed(id: string): Promise<Origin> {
  return { id, epoch: 1, fence: (await ownership.claim(id)).fence };
}

describeLive("sinks with one effect per message", () => {
  beforeAll(async () => {
    ledger = await LiveLedger.create();
    const { database, schema } = ledger;
    ownership = createOwnership({ database, schema, pipeline: "ledger", outcomes: [{ table: "outcomes" }] });
    await database.query(`create table ${ledger.table("outcomes")} (origin text, origin_offset bigint)`);
  });
  beforeEach(async () => {
    const tables = ["dedupe_keys", "entries", "sequences", "owners"].map((name) => ledger.table(name));
    await ledger.database.query(`truncate ${tables.join(", ")}`);
  });
  afterAll(() => ledger.drop());

  it("apply a batch once, and settle what comes again as done", async () => {
    const sink = inboxSink();
    const messages = [entry("b"), entry("a"), entry("b")];
    expect(await sink.write(batchOf(messages), signal)).toEqual(done());
    expect(await sink.write(batchOf([entry("a"), entry("c")]), signal)).toEqual(done());
    expect((await ledger.booked()).map(({ key }) => key)).toEqual(["a", "b", "c"]);
    expect(sink.counts()).toEqual({ effects: 3, duplicates: 2, refused: 0, fenced: 0 });
  });

  it("set aside what has no key of its own or another payload, and apply the others", async () => {
    const sink = inboxSink();
    const throwing = { ...entry("x"), data: null as unknown as Entry };
    const messages = [entry("a"), entry(""), entry("a", 2), throwing, entry("long".repeat(100)), entry("b")];
    const outcomes = await sink.write(batchOf(messages), signal);
    const reasons = ["key-empty", "key-conflict", "key-failed", "key-too-long"].map(dead);
    expect(perMessage(outcomes, messages)).toEqual([done(), ...reasons, done()]);
    expect(await ledger.booked()).toEqual([
      { key: "a", amount: 1 },
      { key: "b", amount: 1 },
    ]);
    expect(sink.counts()).toEqual({ effects: 2, duplicates: 0, refused: 4, fenced: 0 });
  });

  it("undo the keys of a batch whose effect fails, and count nothing", async () => {
    const failing = inboxSink({
      effect: async (tx, messages) => {
        await ledger.apply(tx, messages);
        throw new WeirError("no-account", "there is no such account", { kind: "row" });
      },
    });
    await expect(failing.write(batchOf([entry("a")]), signal)).rejects.toMatchObject({ code: "no-account" });
    expect(failing.counts()).toEqual({ effects: 0, duplicates: 0, refused: 0, fenced: 0 });
    await inboxSink().write(batchOf([entry("a")]), signal);
    expect(await ledger.booked()).toHaveLength(1);
  });

  it("write nothing of an origin that was claimed since, keep none of its keys, and write the others", async () => {
    const [former, other] = [await claimed("entries/0"), await claimed("entries/1")];
    await claimed("entries/0");
    const sink = inboxSink({ ownership });
    const late = messageOf({ key: "late", amount: 1 }, { origin: former, offset: 7 });
    const messages = [late, messageOf({ key: "mine", amount: 1 }, { origin: other, offset: 3 }), entry("free")];
    const outcomes = await sink.write(batchOf(messages), signal);
    expect(perMessage(outcomes, messages)).toEqual([{ kind: "fenced" }, done(), done()]);
    expect((await ledger.booked()).map(({ key }) => key)).toEqual(["free", "mine"]);
    expect(sink.counts()).toEqual({ effects: 2, duplicates: 0, refused: 0, fenced: 1 });
    await inboxSink().write(batchOf([entry("late")]), signal);
    expect(await ledger.booked()).toHaveLength(3);
  });

  it("refuse to write what carries a fence, if nobody gave them the ownership", async () => {
    const message = messageOf({ key: "a", amount: 1 }, { origin: await claimed("entries/0") });
    const writing = inboxSink().write(batchOf([message]), signal);
    await expect(writing).rejects.toMatchObject({ code: "unguarded-write", kind: "programming" });
  });

  it("apply a position once, without any key, however often it is written", async () => {
    const { database, apply } = ledger;
    const origin = await claimed("entries/0");
    const sink = createCheckpointSink({ name: "ledger", database, effect: apply, ownership });
    const messages = [5, 6, 8].map((offset) => messageOf({ key: "same", amount: offset }, { origin, offset }));
    await sink.write(batchOf(messages), signal);
    await sink.write(batchOf(messages), signal);
    expect((await ledger.booked()).map(({ amount }) => amount)).toEqual([5, 6, 8]);
    expect(sink.counts()).toEqual({ effects: 3, duplicates: 3, refused: 0, fenced: 0 });
  });

  it("do not count a refused message as decided, whose dead letter is not there yet", async () => {
    const origin = await claimed("entries/0");
    const sink = inboxSink({ ownership });
    const messages = ["a", "", "b"].map((key, offset) => messageOf({ key, amount: 1 }, { origin, offset }));
    await sink.write(batchOf(messages), signal);
    expect(await ownership.lookUp(messages)).toEqual(new Set([messages[0], messages[2]]));
  });

  it("apply each number of an aggregate once, in its order, and ignore one that is not above the last", async () => {
    const { database, schema, apply } = ledger;
    const sequence = createSequence({ schema, consumer: "shipping" });
    const sink = createSequenceSink<Entry>({
      name: "shipping",
      database,
      sequence,
      effect: apply,
      entryOf: ({ data }) => ({ id: idOf(data.amount), aggregate: data.key, number: data.amount }),
    });
    await sink.write(batchOf([entry("a", 1), entry("b", 1), entry("a", 2), entry("a", 1)]), signal);
    await sink.write(batchOf([entry("a", 2), entry("a", 3), entry("b", 1)]), signal);
    await sink.write(batchOf([entry("a", 1)]), signal);
    const booked = (await ledger.booked()).map(({ key, amount }) => `${key}${amount}`);
    expect(booked).toEqual(["a1", "a2", "a3", "b1"]);
    expect(sink.counts()).toEqual({ effects: 4, duplicates: 4, refused: 0, fenced: 0 });
  });

  it("refuse a number that comes again under another id", async () => {
    const sequence = createSequence({ schema: ledger.schema, consumer: "shipping" });
    const admit = (id: string, number: number) =>
      ledger.database.transaction((tx) => sequence.admit(tx, [{ id, aggregate: "a", number }]));
    expect(await admit(idOf(1), 1)).toEqual(["new"]);
    expect(await admit(idOf(2), 1)).toEqual([dead("number-conflict")]);
    expect(await admit(idOf(1), 1)).toEqual(["duplicate"]);
  });

  it("two consumers of one aggregate at the same moment apply each number once", async () => {
    const { database, schema } = ledger;
    const sequence = createSequence({ schema, consumer: "shipping" });
    const work = (number: number) =>
      database.transaction(async (tx) => {
        const [answer] = await sequence.admit(tx, [{ id: idOf(number), aggregate: "a", number }]);
        if (answer === "new") await ledger.book(tx, [{ key: "a", amount: number }]);
      });
    for (let number = 1; number <= 20; number += 1) {
      let both: Promise<unknown> = Promise.resolve();
      await database.transaction(async (judge) => {
        await judge.query(`lock table ${ledger.table("sequences")} in share mode`);
        both = Promise.all([work(number), work(number)]);
        await ledger.untilWaiting(2);
      });
      await both;
    }
    expect((await ledger.booked()).map(({ amount }) => amount)).toEqual(Array.from({ length: 20 }, (_, i) => i + 1));
  });
});

const idOf = (number: number): string => `00000000-0000-4000-8000-${String(number).padStart(12, "0")}`;
