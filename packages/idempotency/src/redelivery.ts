/** For property tests: workers to which a finite set of messages is delivered again and again, with crashes in between. */
import { done, WeirError } from "@weir/core";
import type { Message } from "@weir/core";
import type { Database, Transaction } from "@weir/postgres";
import * as fc from "fast-check";
import { createInboxSink } from "./inbox-sink.ts";
import { createInbox } from "./inbox.ts";
import { batchOf, messageOf } from "./live-ledger.ts";
import type { Entry } from "./live-ledger.ts";

/** What happens to one write: nothing, a crash before its commit, or one after it, in which only the answer is lost. */
export type Fate = "fine" | "before-commit" | "after-commit";

export interface Delivery {
  readonly entries: readonly Entry[];
  /** Of each try, in their order; after the last one all is fine. */
  readonly fates: readonly Fate[];
}

/** One list of deliveries per worker: keys of a small set, so that workers meet; each key with the amounts given. */
export function deliveries(amounts: readonly number[]): fc.Arbitrary<Delivery[][]> {
  const entry = fc.record({ key: fc.constantFrom("a", "b", "c", "d", "e"), amount: fc.constantFrom(...amounts) });
  const fate = fc.constantFrom<Fate[]>("fine", "before-commit", "after-commit");
  const delivery = fc.record({
    entries: fc.array(entry, { minLength: 1, maxLength: 6 }),
    fates: fc.array(fate, { maxLength: 3 }),
  });
  return fc.array(fc.array(delivery, { minLength: 1, maxLength: 5 }), { minLength: 2, maxLength: 3 });
}

export interface Answer {
  readonly entry: Entry;
  readonly outcome: string;
}

export interface Field {
  readonly database: Database;
  readonly schema: string;
  readonly book: (tx: Transaction, messages: readonly Message<Entry>[]) => Promise<void>;
}

/** Delivers all of it, each worker in its order, until each delivery was answered; every try begins as after a restart. */
export async function deliverAll(field: Field, workers: readonly (readonly Delivery[])[]): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  await Promise.all(
    workers.map(async (worker) => {
      for (const { entries, fates } of worker) {
        for (let tries = 0; ; tries += 1) {
          const answered = await deliverOnce(field, entries, fates[tries] ?? "fine");
          answers.push(...answered);
          if (answered.length > 0) break;
        }
      }
    }),
  );
  return answers;
}

const keyOf = ({ data }: Message<Entry>): string => data.key;

/** No answers: it crashed, and comes again. */
async function deliverOnce(field: Field, entries: readonly Entry[], fate: Fate): Promise<readonly Answer[]> {
  const database = crashing(field.database, fate);
  const { schema, book } = field;
  const inbox = createInbox({ database, schema, inbox: "i", retentionMs: "forever", topicRetentionMs: "forever" });
  const sink = createInboxSink<Entry>({ name: "ledger", database, inbox, keyOf, effect: book });
  const messages = entries.map((entry) => messageOf(entry));
  try {
    const outcomes = await sink.write(batchOf(messages), new AbortController().signal);
    return messages.map((message, i) => {
      const outcome = outcomes instanceof Map ? outcomes.get(message) : done();
      return { entry: entries[i] as Entry, outcome: outcome?.kind ?? "none" };
    });
  } catch (thrown) {
    if (thrown instanceof WeirError && thrown.code === "crash") return [];
    throw thrown;
  }
}

function crashing(database: Database, fate: Fate): Database {
  const crash = () => new WeirError("crash", fate, { kind: "dependency", definite: fate === "before-commit" });
  const transaction: Database["transaction"] = async (work) => {
    const result = await database.transaction(async (tx) => {
      const inner = await work(tx);
      if (fate === "before-commit") throw crash();
      return inner;
    });
    if (fate === "after-commit") throw crash();
    return result;
  };
  return new Proxy(database, {
    get: (target, name) => (name === "transaction" ? transaction : Reflect.get(target, name)),
  });
}

/** Throws unless each delivered key has exactly one effect, and each answer agrees with it. */
export function judge(answers: readonly Answer[], booked: readonly Entry[]): void {
  const applied = new Map(booked.map(({ key, amount }) => [key, amount]));
  const delivered = new Set(answers.map(({ entry }) => entry.key));
  if (applied.size !== booked.length) throw new Error(`a key has two effects: ${JSON.stringify(booked)}`);
  if (applied.size !== delivered.size) throw new Error(`effects ${applied.size} of ${delivered.size} keys`);
  for (const { entry, outcome } of answers) {
    const expected = applied.get(entry.key) === entry.amount ? "done" : "dead";
    if (outcome !== expected) throw new Error(`${JSON.stringify(entry)} was answered with ${outcome}, not ${expected}`);
  }
}
