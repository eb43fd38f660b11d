import * as fc from "fast-check";
import { describe, it } from "vitest";
import type { Entry } from "./live-ledger.ts";
import { bookSql, memoryDatabase } from "./memory-database.ts";
import { deliverAll, deliveries, judge } from "./redelivery.ts";
import type { Delivery, Field } from "./redelivery.ts";

const book: Field["book"] = async (tx, messages) => {
  const entries = messages.map(({ data }) => data);
  await tx.query(bookSql, [entries.map(({ key }) => key), entries.map(({ amount }) => amount)]);
};

async function run(scheduler: fc.Scheduler, workers: Delivery[][]): Promise<void> {
  const entries: Entry[] = [];
  const database = memoryDatabase(entries, () => scheduler.schedule(Promise.resolve()));
  const answers = await scheduler.waitFor(deliverAll({ database, schema: "s", book }, workers));
  judge(answers, entries);
}

describe("an inbox in any interleaving, with any duplicates and crashes", () => {
  it("gives each key one effect, and never deadlocks", () =>
    fc.assert(fc.asyncProperty(fc.scheduler(), deliveries([1]), run), { numRuns: 400 }));

  it("applies one payload of each key, and answers all others as dead", () =>
    fc.assert(fc.asyncProperty(fc.scheduler(), deliveries([1, 2, 3]), run), { numRuns: 400 }));
});
