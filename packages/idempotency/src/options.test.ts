import { dead } from "@weir/core";
import { describe, expect, it } from "vitest";
import {
  createCheckpointSink,
  createInbox,
  createInboxSink,
  createOutbox,
  createOutboxRelay,
  createSequence,
  createSequenceSink,
  outboxEntry,
} from "./idempotency.ts";
import { dedupeKey } from "./dedupe-key.ts";
import { memoryDatabase } from "./memory-database.ts";

const database = memoryDatabase([]);
const inboxOptions = { database, schema: "s", inbox: "i", retentionMs: 1_000, topicRetentionMs: 1_000 };

function faultsOf(make: () => unknown): string {
  try {
    make();
  } catch (thrown) {
    return String(thrown);
  }
  return "none";
}

describe("options", () => {
  it("of an inbox are checked all at once", () => {
    const faults = faultsOf(() =>
      createInbox({ ...inboxOptions, schema: "", inbox: "", keyBytesMax: 0, retention: 3 } as never),
    );
    for (const fault of ["schema:", "inbox:", "keyBytesMax:", "retention: no such option"])
      expect(faults).toContain(fault);
  });

  it("refuse a retention shorter than the topic's, and say what it would do", () => {
    const shorter = faultsOf(() => createInbox({ ...inboxOptions, retentionMs: 999 }));
    expect(shorter).toContain("retentionMs: 999 is shorter than the topic's 1000");
    expect(shorter).toContain("has its effect a second time");
    expect(faultsOf(() => createInbox({ ...inboxOptions, topicRetentionMs: "forever" }))).toContain("retentionMs");
    expect(faultsOf(() => createInbox({ ...inboxOptions, retentionMs: "forever", topicRetentionMs: "forever" }))).toBe(
      "none",
    );
    expect(faultsOf(() => createInbox({ ...inboxOptions, retentionMs: undefined } as never))).toContain("retentionMs:");
  });

  it("of an outbox, a relay and a sequence are checked all at once", () => {
    const outbox = faultsOf(() => createOutbox({ database, schema: "", unsentMax: 0 }));
    for (const fault of ["schema:", "unsentMax:"]) expect(outbox).toContain(fault);
    const relay = faultsOf(() =>
      createOutboxRelay({ database, schema: "s", producer: {} as never, leaseMs: 1, batchmax: 3 } as never),
    );
    for (const fault of ["producer:", "leaseMs:", "did you mean batchMax?"]) expect(relay).toContain(fault);
    expect(faultsOf(() => createSequence({ schema: "", consumer: "" }))).toMatch(/schema:.*\n.*consumer:/);
  });

  it("of sinks are checked all at once", () => {
    const nothing = { name: "", database: {}, effect: 3 } as never;
    for (const make of [createInboxSink, createSequenceSink, createCheckpointSink]) {
      const faults = faultsOf(() => make(nothing));
      for (const fault of ["name:", "database:", "effect:"]) expect(faults).toContain(fault);
    }
    expect(faultsOf(() => createInboxSink(nothing))).toMatch(/inbox:.*\n.*keyOf:/);
    expect(faultsOf(() => createSequenceSink(nothing))).toMatch(/sequence:.*\n.*entryOf:/);
    expect(faultsOf(() => createCheckpointSink(nothing))).toContain("ownership:");
  });
});

describe("a dedupe key", () => {
  it.each([
    ["missing", undefined, "key-missing"],
    ["null", null, "key-missing"],
    ["a number", 7, "key-not-text"],
    ["an object", { id: 7 }, "key-not-text"],
    ["bytes that are no UTF-8", Buffer.from([0xff, 0xfe]), "key-not-text"],
    ["half of a surrogate pair", "\ud800", "key-not-text"],
    ["text with a NUL", "a\0b", "key-not-text"],
    ["empty", "", "key-empty"],
    ["no bytes", Buffer.alloc(0), "key-empty"],
    ["too long in bytes", "ä".repeat(6), "key-too-long"],
  ])("that is %s is dead with its reason", (_, given, reason) => {
    expect(dedupeKey(given, 10)).toMatchObject({ kind: "dead", reason });
  });

  it("is the same as text and as bytes, to the byte", () => {
    expect(dedupeKey("ä-1", 10)).toBe("ä-1");
    expect(dedupeKey(Buffer.from("ä-1"), 10)).toBe("ä-1");
    expect(dedupeKey("\ufeffa", 10)).not.toBe(dedupeKey(Buffer.from("a"), 10));
    expect(dedupeKey(Buffer.from("\ufeffa"), 10)).toBe("\ufeffa");
  });
});

describe("a record's headers", () => {
  const headers = { "weir-id": "01234567-89ab-4cde-8fff-0123456789ab", "weir-aggregate": "a", "weir-number": "7" };

  it("are read as text and as bytes", () => {
    const entry = { id: headers["weir-id"], aggregate: "a", number: 7 };
    expect(outboxEntry({ headers })).toEqual(entry);
    const bytes = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, Buffer.from(value)]));
    expect(outboxEntry({ headers: bytes })).toEqual(entry);
  });

  it.each([
    ["weir-id", "7"],
    ["weir-id", undefined],
    ["weir-aggregate", ""],
    ["weir-number", "0"],
    ["weir-number", "-1"],
    ["weir-number", "1.5"],
    ["weir-number", ["1", "2"]],
  ])("with %s = %j are not from an outbox", (name, value) => {
    const sentence = `the record's header ${name} is missing, or not as a relay writes it`;
    expect(outboxEntry({ headers: { ...headers, [name]: value } })).toEqual(dead("not-from-outbox", sentence));
  });
});
