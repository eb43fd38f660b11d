import { describeLive, freshName } from "@weir/services/testing";
import { afterAll, beforeAll } from "vitest";
import { keyStoreContract } from "./contract/key-store.contract.ts";
import type { KeyStore } from "./contract/key-store.contract.ts";
import { LiveLedger } from "./live-ledger.ts";

let ledger: LiveLedger;
let store: KeyStore;

describeLive("keys in Postgres", () => {
  beforeAll(async () => {
    ledger = await LiveLedger.create();
    const { database, inbox } = ledger;
    store = { database, inbox, freshKey: () => freshName("key"), untilOneWaits: () => ledger.untilWaiting(1) };
  });
  afterAll(() => ledger.drop());
  keyStoreContract(() => store);
});
