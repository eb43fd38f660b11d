import { beforeEach, describe } from "vitest";
import { keyStoreContract } from "./contract/key-store.contract.ts";
import type { KeyStore } from "./contract/key-store.contract.ts";
import { createInbox } from "./inbox.ts";
import { memoryDatabase } from "./memory-database.ts";

let store: KeyStore;

describe("keys in memory", () => {
  beforeEach(() => {
    const database = memoryDatabase([]);
    let keys = 0;
    store = {
      database,
      inbox: createInbox({ database, schema: "s", inbox: "i", retentionMs: "forever", topicRetentionMs: "forever" }),
      freshKey: () => `key-${(keys += 1)}`,
      // Nothing here takes more than microtasks, until it waits.
      untilOneWaits: () => new Promise((resolve) => setImmediate(resolve)),
    };
  });
  keyStoreContract(() => store);
});
