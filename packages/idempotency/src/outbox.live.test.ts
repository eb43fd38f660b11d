import { WeirError } from "@weir/core";
import type { Transaction } from "@weir/postgres";
import { describeLive } from "@weir/services/testing";
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from "vitest";
import { createOutbox, createOutboxRelay, onIdempotencyEvent } from "./idempotency.ts";
import type { IdempotencyEvents, Outbox, OutboxMessage, OutboxRelay, OutboxRelayOptions } from "./idempotency.ts";
import { LiveLedger } from "./live-ledger.ts";
import { MemoryTopic, upTo } from "./memory-topic.ts";

let ledger: LiveLedger;
let outbox: Outbox;
let topic: MemoryTopic;
const relays: OutboxRelay[] = [];
const stops: (() => void)[] = [];

const messageTo = (aggregate: string, payload = "x"): OutboxMessage => ({ topic: "orders", aggregate, payload });
const append = (...messages: OutboxMessage[]) => ledger.database.transaction((tx) => outbox.append(tx, messages));

function relay(options: Partial<OutboxRelayOptions> = {}): OutboxRelay {
  const { database, schema } = ledger;
  const made = createOutboxRelay({ database, schema, producer: topic, leaseMs: 300, pollMs: 5, ...options });
  relays.push(made);
  made.start();
  return made;
}

/** A transaction that stays open until it is told how to end. */
async function openTransaction(work: (tx: Transaction) => Promise<unknown>) {
  const { promise: ending, resolve: end } = Promise.withResolvers<"commit" | "rollback">();
  const { promise: isOpen, resolve: opened } = Promise.withResolvers<void>();
  const over = ledger.database
    .transaction(async (tx) => {
      await work(tx);
      opened();
      if ((await ending) === "rollback") throw new Error("rolled back");
    })
    .catch(() => undefined);
  await isOpen;
  return async (how: "commit" | "rollback"): Promise<void> => {
    end(how);
    await over;
  };
}

async function untilSent(): Promise<void> {
  await ledger.until(async () => (await outbox.gauges()).unsent === 0);
}

function listen<N extends keyof IdempotencyEvents>(name: N): IdempotencyEvents[N][] {
  const events: IdempotencyEvents[N][] = [];
  stops.push(onIdempotencyEvent(name, (event) => events.push(event)));
  return events;
}

const unreachable = () => new WeirError("kafka-unreachable", "no broker", { kind: "dependency", definite: false });

describeLive("an outbox", () => {
  beforeAll(async () => void (ledger = await LiveLedger.create()));
  beforeEach(async () => {
    const tables = ["outbox_messages", "outbox_unsent", "outbox_aggregates", "outbox_relay"].map((name) =>
      ledger.table(name),
    );
    await ledger.database.query(`truncate ${tables.join(", ")}`);
    outbox = createOutbox({ database: ledger.database, schema: ledger.schema });
    topic = new MemoryTopic();
  });
  afterEach(async () => {
    for (const stop of stops.splice(0)) stop();
    await Promise.all(relays.splice(0).map((each) => each.stop()));
  });
  afterAll(() => ledger.drop());

  it("numbers the messages of each aggregate from 1, in the order of the call", async () => {
    const numbers = await append(messageTo("b"), messageTo("a"), messageTo("b"));
    expect(numbers.map(({ aggregate, number }) => `${aggregate}${number}`)).toEqual(["b1", "a1", "b2"]);
    expect((await append(messageTo("b")))[0]).toMatchObject({ aggregate: "b", number: 3 });
    expect(new Set(numbers.map(({ id }) => id)).size).toBe(3);
  });

  it("lets transactions of one aggregate wait for each other, so that a rollback leaves no hole", async () => {
    const end = await openTransaction((tx) => outbox.append(tx, [messageTo("a"), messageTo("a")]));
    const next = append(messageTo("a"));
    await ledger.untilWaiting(1);
    await end("rollback");
    expect((await next)[0]?.number).toBe(1);
  });

  it("appends of the same aggregates in opposite order never deadlock", async () => {
    const messages = Array.from({ length: 200 }, (_, i) => messageTo(`a${i}`));
    for (let round = 0; round < 10; round += 1)
      await Promise.all([append(...messages), append(...messages.toReversed())]);
    relay();
    await untilSent();
    expect(Object.values(topic.firstArrivals())).toEqual(messages.map(() => upTo(20)));
  });

  it("sends what was committed, with key, headers, id and number, and nothing of what was rolled back", async () => {
    const end = await openTransaction((tx) => outbox.append(tx, [messageTo("rolled back")]));
    await end("rollback");
    const [number] = await append(
      { ...messageTo("a", "hello"), headers: { trace: "7" } },
      { ...messageTo("b"), payload: null },
    );
    relay();
    await untilSent();
    const headers = { trace: "7", "weir-id": number?.id, "weir-aggregate": "a", "weir-number": "1" };
    expect(topic.records[0]).toEqual({ key: "a", value: Buffer.from("hello"), headers });
    expect(topic.records[1]).toMatchObject({ key: "b", value: null });
    expect(topic.records).toHaveLength(2);
  });

  it("sends a message whose transaction committed after later ones were sent", async () => {
    const end = await openTransaction((tx) => outbox.append(tx, [messageTo("late")]));
    await append(messageTo("a"), messageTo("b"));
    relay();
    await untilSent();
    expect(topic.records.map(({ key }) => key)).toEqual(["a", "b"]);
    await end("commit");
    await untilSent();
    expect(topic.records.map(({ key }) => key)).toEqual(["a", "b", "late"]);
  });

  it("keeps each aggregate's order while Kafka fails, and says so", async () => {
    const delays = listen("relayDelayed");
    await append(...Array.from({ length: 40 }, (_, i) => messageTo(`a${i % 3}`)));
    let calls = 0;
    topic.before = () => {
      if ((calls += 1) % 3 === 1) throw unreachable();
    };
    topic.after = () => {
      if (calls % 3 === 2) throw unreachable();
    };
    relay({ batchMax: 4 });
    await untilSent();
    expect(topic.firstArrivals()).toEqual({ a0: upTo(14), a1: upTo(13), a2: upTo(13) });
    expect(topic.records.length).toBeGreaterThan(40);
    expect(delays[0]).toMatchObject({ reason: "kafka-unreachable", tries: 1 });
  });

  it("sets aside what Kafka refuses for good, alone, and goes on with all others", async () => {
    const setAside = listen("setAside");
    await append(...Array.from({ length: 20 }, (_, i) => messageTo("a", i === 13 ? "refused" : "fine")));
    topic.before = (records) => {
      if (records.some(({ value }) => String(value) === "refused")) {
        throw new WeirError("record-too-large", "too large", { kind: "row" });
      }
    };
    relay();
    await untilSent();
    expect(topic.firstArrivals()).toEqual({ a: upTo(20).filter((number) => number !== 14) });
    expect(setAside).toMatchObject([{ aggregate: "a", number: 14, reason: "record-too-large" }]);
    expect(await outbox.gauges()).toMatchObject({ unsent: 0, refused: 1 });
  });

  it("ends with what no further try can mend, and marks nothing then", async () => {
    await append(messageTo("a"));
    topic.before = () => {
      throw new WeirError("missing-topic", "the topic does not exist", { kind: "programming" });
    };
    await expect(relay().finished).rejects.toMatchObject({ code: "missing-topic" });
    expect((await outbox.gauges()).unsent).toBe(1);
  });

  it("has one relay at work; another takes over when it is given back, and when its lease has run out", async () => {
    const leases = listen("lease");
    const first = relay({ name: "first", leaseMs: 60_000 });
    await append(messageTo("a"));
    await untilSent();
    expect((await outbox.gauges()).relay).toBe("first");
    const { promise: isSending, resolve: sending } = Promise.withResolvers<void>();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    const second = relay({ name: "second" });
    await first.stop();
    topic.before = () => {
      sending();
      return gate;
    };
    await append(messageTo("a"));
    await isSending;
    topic.before = () => {};
    relay({ name: "third", leaseMs: 60_000 });
    await untilSent();
    open();
    await second.stop();
    const steps = leases.map(({ relay: who, state, fence }) => `${who} ${state} ${fence}`);
    expect(steps).toEqual(["first taken 1", "second taken 2", "third taken 3", "second lost 2"]);
    expect(topic.firstArrivals()).toEqual({ a: [1, 2] });
    expect(topic.entries().map(({ number }) => number)).toEqual([1, 2, 2]);
    expect(new Set(topic.entries().map(({ id }) => id)).size).toBe(2);
  });

  it("lets a former relay mark nothing: what it sends after a takeover is sent again by its successor", async () => {
    const gates = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    let sends = 0;
    topic.before = () => gates[(sends += 1) - 1]?.promise;
    const leases = listen("lease");
    await append(messageTo("a"));
    const first = relay({ name: "first" });
    await ledger.until(() => sends === 1);
    relay({ name: "second", leaseMs: 60_000 });
    await ledger.until(() => sends === 2);
    gates[0]?.resolve();
    await first.stop();
    expect(leases.at(-1)).toEqual({ relay: "first", state: "lost", fence: 1 });
    expect((await outbox.gauges()).unsent).toBe(1);
    gates[1]?.resolve();
    await untilSent();
    expect(topic.entries().map(({ number }) => number)).toEqual([1, 1]);
  });

  it("reads anew under a new lease: what another relay has sent meanwhile is not sent once more", async () => {
    await append(messageTo("a"), messageTo("a"));
    const { promise: isSending, resolve: sending } = Promise.withResolvers<void>();
    const { promise: gate, resolve: open } = Promise.withResolvers<void>();
    topic.before = () => {
      sending();
      return gate;
    };
    const leases = listen("lease");
    const first = relay({ name: "first", batchMax: 1 });
    await isSending;
    topic.before = () => {};
    const second = relay({ name: "second", leaseMs: 60_000 });
    await untilSent();
    await second.stop();
    open();
    await ledger.until(() => leases.some(({ relay: who, fence }) => who === "first" && fence === 3));
    await append(messageTo("a"));
    await untilSent();
    await first.stop();
    expect(topic.entries().map(({ number }) => number)).toEqual([1, 2, 1, 3]);
  });

  it("refuses to take more than its quota, until some of it was sent", async () => {
    const { database, schema } = ledger;
    const small = createOutbox({ database, schema, unsentMax: 3 });
    const put = (count: number) =>
      database.transaction((tx) =>
        small.append(
          tx,
          Array.from({ length: count }, () => messageTo("a")),
        ),
      );
    await put(2);
    await expect(put(2)).rejects.toMatchObject({ code: "outbox-full", kind: "dependency" });
    await put(1);
    await expect(put(1)).rejects.toMatchObject({ code: "outbox-full" });
    await expect(put(4)).rejects.toMatchObject({ code: "invalid-outbox-message", kind: "row" });
    relay();
    await untilSent();
    await put(3);
    expect((await outbox.gauges()).unsent).toBeGreaterThan(0);
  });

  it("counts its quota exactly where ids have holes", async () => {
    const { database, schema } = ledger;
    const small = createOutbox({ database, schema, unsentMax: 3 });
    const end = await openTransaction((tx) =>
      outbox.append(
        tx,
        Array.from({ length: 9 }, () => messageTo("rolled back")),
      ),
    );
    await append(messageTo("a"));
    await end("rollback");
    const late = await openTransaction((tx) =>
      outbox.append(
        tx,
        Array.from({ length: 9 }, () => messageTo("x")),
      ),
    );
    await late("rollback");
    await database.transaction((tx) => small.append(tx, [messageTo("a")]));
    await database.transaction((tx) => small.append(tx, [messageTo("a")]));
    await expect(database.transaction((tx) => small.append(tx, [messageTo("a")]))).rejects.toMatchObject({
      code: "outbox-full",
    });
  });

  it("refuses messages that could not be sent, all at once, and writes none of the call", async () => {
    const { database, schema } = ledger;
    const small = createOutbox({ database, schema, payloadBytesMax: 4 });
    const bad = [messageTo(""), messageTo("a", "large"), { ...messageTo("a"), headers: { "weir-id": "1", nul: "\0" } }];
    const error = await database.transaction((tx) => small.append(tx, [messageTo("a"), ...bad])).catch(String);
    for (const fault of ["1: aggregate", "2: payload: 5 bytes", "3: headers.weir-id", "3: headers.nul"]) {
      expect(error).toContain(fault);
    }
    expect((await outbox.gauges()).unsent).toBe(0);
  });

  it("tells how long its oldest message has waited, and prunes only what was sent long ago", async () => {
    const { database, schema } = ledger;
    const table = ledger.table("outbox_messages");
    expect(await outbox.gauges()).toEqual({ unsent: 0, oldestUnsentAgeMs: 0, refused: 0, relay: null });
    await append(...Array.from({ length: 12 }, () => messageTo("a")));
    const done = relay();
    await untilSent();
    await done.stop();
    await database.query(`update ${table} set created_at = now() - interval '1 hour' where number <= 10`);
    await database.query(`update ${table} set refused = 'record-too-large' where number = 1`);
    await append(messageTo("a"));
    await database.query(`update ${table} set created_at = now() - interval '1 hour' where number = 13`);
    expect((await outbox.gauges()).oldestUnsentAgeMs).toBeGreaterThanOrEqual(3_600_000);
    const pruner = createOutbox({ database, schema, sentRetentionMs: 60_000, pruneRowsMax: 5, pruneStepsMax: 1 });
    expect(await pruner.prune()).toEqual({ pruned: 5, isDone: false });
    expect(await pruner.prune()).toEqual({ pruned: 4, isDone: true });
    const { rows } = await database.query<{ number: string }>(`select number from ${table} order by number`);
    expect(rows.map(({ number }) => number)).toEqual(["1", "11", "12", "13"]);
  });
});
