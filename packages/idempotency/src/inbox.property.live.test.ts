import { describeLive } from "@weir/services/testing";
import * as fc from "fast-check";
import { afterAll, beforeAll, it } from "vitest";
import { LiveLedger } from "./live-ledger.ts";
import { deliverAll, deliveries, judge } from "./redelivery.ts";
import type { Delivery } from "./redelivery.ts";

let ledger: LiveLedger;

async function run(workers: Delivery[][]): Promise<void> {
  const { database, schema, apply } = ledger;
  await database.query(`truncate ${ledger.table("dedupe_keys")}, ${ledger.table("entries")}`);
  judge(await deliverAll({ database, schema, book: apply }, workers), await ledger.booked());
}

describeLive("an inbox in Postgres, with any duplicates and crashes", () => {
  beforeAll(async () => void (ledger = await LiveLedger.create()));
  afterAll(() => ledger.drop());

  it("gives each key one effect, and never deadlocks", () =>
    fc.assert(fc.asyncProperty(deliveries([1]), run), { numRuns: 25 }));

  it("applies one payload of each key, and answers all others as dead", () =>
    fc.assert(fc.asyncProperty(deliveries([1, 2, 3]), run), { numRuns: 25 }));
});
