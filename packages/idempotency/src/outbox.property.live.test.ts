import { WeirError } from "@weir/core";
import { describeLive } from "@weir/services/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { createOutbox, createOutboxRelay, createSequence } from "./idempotency.ts";
import type { OutboxRelay, SequenceEntry } from "./idempotency.ts";
import { LiveLedger } from "./live-ledger.ts";
import { MemoryTopic, upTo } from "./memory-topic.ts";

/** One transaction: whom it writes to, how long it stays open after that, and how it ends. */
interface Append {
  readonly aggregates: readonly string[];
  readonly openMs: number;
  readonly isCommitted: boolean;
}

/** What becomes of a send: it arrives or not, and is answered with success, with an error, or never: its relay hangs. */
type Fate = "fine" | "refused" | "lost-answer" | "hangs-before" | "hangs-after";

interface Schedule {
  readonly writers: readonly (readonly Append[])[];
  readonly fates: readonly Fate[];
  readonly batchMax: number;
  /** How many the consumer takes at once. */
  readonly takes: number;
}

const append = fc.record({
  aggregates: fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 }),
  openMs: fc.integer({ min: 0, max: 4 }),
  isCommitted: fc.boolean(),
});
const fates = ["fine", "refused", "lost-answer", "hangs-before", "hangs-after"] as const;
const schedule: fc.Arbitrary<Schedule> = fc.record({
  writers: fc.array(fc.array(append, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 4 }),
  fates: fc.array(fc.constantFrom<Fate[]>(...fates), { maxLength: 6 }),
  batchMax: fc.integer({ min: 1, max: 6 }),
  takes: fc.integer({ min: 1, max: 5 }),
});

let ledger: LiveLedger;

async function write(writers: Schedule["writers"]): Promise<Record<string, number>> {
  const { database, schema } = ledger;
  const outbox = createOutbox({ database, schema });
  const committed: Record<string, number> = {};
  const one = async ({ aggregates, openMs, isCommitted }: Append): Promise<void> => {
    const messages = aggregates.map((aggregate) => ({ topic: "t", aggregate, payload: aggregate }));
    await database
      .transaction(async (tx) => {
        await outbox.append(tx, messages);
        await tx.query("select pg_sleep($1)", [openMs / 1_000]);
        if (!isCommitted) throw new Error("rolled back");
      })
      .catch((error: unknown) => expect(String(error)).toContain("rolled back"));
    if (isCommitted) for (const aggregate of aggregates) committed[aggregate] = (committed[aggregate] ?? 0) + 1;
  };
  await Promise.all(
    writers.map(async (appends) => {
      for (const each of appends) await one(each);
    }),
  );
  return committed;
}

/** Relays whose sends end as `fates` say; a hanging one is a stopped process, which goes on when everything is over. */
async function relayAll(topic: MemoryTopic, { fates: planned, batchMax }: Schedule, writing: Promise<unknown>) {
  const { database, schema } = ledger;
  const outbox = createOutbox({ database, schema });
  const { promise: revival, resolve: revive } = Promise.withResolvers<void>();
  const left = [...planned];
  const faulty = {
    async send(name: string, records: Parameters<MemoryTopic["send"]>[1]) {
      const fate = left.shift() ?? "fine";
      if (fate === "hangs-before") await revival;
      if (fate === "refused") throw new WeirError("away", "not there", { kind: "dependency" });
      await topic.send(name, records);
      if (fate === "hangs-after") await revival;
      if (fate === "lost-answer") throw new WeirError("away", "no answer", { kind: "dependency", definite: false });
    },
  };
  const start = (): OutboxRelay => {
    const relay = createOutboxRelay({ database, schema, producer: faulty, leaseMs: 100, pollMs: 1, batchMax });
    relay.start();
    return relay;
  };
  // One more than can hang.
  const relays = Array.from({ length: 1 + planned.filter((fate) => fate.startsWith("hangs")).length }, start);
  await writing;
  await ledger.until(async () => (await outbox.gauges()).unsent === 0);
  revive();
  await Promise.all(relays.map((relay) => relay.stop()));
}

/** What a consumer applies of these, in their order. */
async function consume(entries: readonly SequenceEntry[], takes: number): Promise<SequenceEntry[]> {
  const sequence = createSequence({ schema: ledger.schema, consumer: "c" });
  const applied: SequenceEntry[] = [];
  for (let from = 0; from < entries.length; from += takes) {
    const part = entries.slice(from, from + takes);
    const admissions = await ledger.database.transaction((tx) => sequence.admit(tx, part));
    applied.push(...part.filter((_, i) => admissions[i] === "new"));
  }
  return applied;
}

async function run(planned: Schedule): Promise<void> {
  const tables = ["outbox_messages", "outbox_unsent", "outbox_aggregates", "outbox_relay", "sequences"].map((name) =>
    ledger.table(name),
  );
  await ledger.database.query(`truncate ${tables.join(", ")}`);
  const topic = new MemoryTopic();
  const writing = write(planned.writers);
  await relayAll(topic, planned, writing);
  const expected = Object.fromEntries(Object.entries(await writing).map(([name, count]) => [name, upTo(count)]));
  expect(topic.firstArrivals()).toEqual(expected);
  const ids = new Map(topic.entries().map(({ id, aggregate, number }) => [id, `${aggregate}/${number}`]));
  expect(new Set(ids.values()).size).toBe(ids.size);
  const applied = await consume(topic.entries(), planned.takes);
  expect(Object.groupBy(applied, ({ aggregate }) => aggregate)).toEqual(
    Object.fromEntries(
      Object.entries(expected).map(([aggregate, numbers]) => [
        aggregate,
        numbers.map((number) => expect.objectContaining({ aggregate, number })),
      ]),
    ),
  );
}

describeLive("an outbox under random commit order, takeover and crash", () => {
  beforeAll(async () => void (ledger = await LiveLedger.create()));
  afterAll(() => ledger.drop());

  it("sends each message that was committed, and only those, first in the order of its aggregate; each is applied once", () =>
    fc.assert(fc.asyncProperty(schedule, run), { numRuns: 25 }));
});
