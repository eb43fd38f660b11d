import { WeirError, type Message, type Ownership } from "@weir/core";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { MemorySession } from "./memory-session.ts";
import { MemoryTopic } from "./memory-topic.ts";
import { RemoteSource } from "./remote-source.ts";
import { openTopicReader } from "./topic-reader.ts";
import type { DeliveredRun, TopicRecord } from "./topic.ts";

interface Joined {
  readonly source: RemoteSource;
  readonly session: MemorySession;
  readonly lost: string[];
  readonly delivered: DeliveredRun[];
  /** Of what it sends: from now on nothing gets through, as of a process that is stopped. */
  stop(): void;
  goOn(): void;
}

const sessionTimeoutMs = 2_000;
let topic: MemoryTopic;
beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] });
  topic = new MemoryTopic({ topic: "orders", group: "test", sessionTimeoutMs, exitGraceMs: 300 });
  await topic.create(2);
  const records = Array.from({ length: 10 }, (_, i) => ({ key: null, value: Buffer.from(`${i}`), headers: {} }));
  for (const record of records) for (const partition of [0, 1]) topic.append(partition, record);
});
afterEach(async () => {
  await topic.close();
  vi.useRealTimers();
});

function open(worker: string, ownership?: Ownership): Joined {
  const delivered: DeliveredRun[] = [];
  const lost: string[] = [];
  let held: (() => void)[] | undefined;
  const session = topic.connect({
    worker,
    send: (message) =>
      queueMicrotask(() => (held === undefined ? source.hear(message) : held.push(() => source.hear(message)))),
    onDelivered: (runs) => void delivered.push(...runs),
  });
  const source: RemoteSource = new RemoteSource({
    member: 0,
    ownership,
    send: (message) =>
      queueMicrotask(() => (held === undefined ? session.hear(message) : held.push(() => session.hear(message)))),
  });
  const goOn = (): void => {
    const waiting = held ?? [];
    held = undefined;
    for (const message of waiting) message();
  };
  return { source, session, lost, delivered, stop: () => (held = []), goOn };
}

async function join(worker: string): Promise<Joined> {
  const joined = open(worker);
  await joined.source.start({ lost: ({ id }) => void joined.lost.push(id) });
  return joined;
}

const pull = async ({ source }: Joined, max = 100): Promise<readonly Message<TopicRecord>[]> =>
  (await source.pull(max, new AbortController().signal)) ?? [];
const settle = ({ source }: Joined, messages: readonly Message[], watermark: number): Promise<string> => {
  const [{ origin }] = messages as [Message];
  return source.settle({ origin, messages: [], outcomes: [], watermark }, new AbortController().signal);
};
const ownedBy = async (worker: string): Promise<readonly number[] | undefined> =>
  (await topic.members()).find((member) => member.worker === worker)?.partitions;
/** The others give their signs of life meanwhile. */
async function pass(ms: number, alive: readonly Joined[]): Promise<void> {
  for (let at = 0; at < ms; at += 100) {
    for (const { session } of alive) session.heartbeat();
    await vi.advanceTimersByTimeAsync(100);
  }
}

it("the judge sees what is handed out, in runs, before the worker does", async () => {
  const one = await join("worker-1");
  await pull(one, 4);
  await pull(one, 3);
  await pull(one, 100);
  expect(one.delivered).toHaveLength(3);
  expect(one.delivered[0]).toEqual([0, 0, 3]);
  expect(one.delivered.map(([, from, to]) => to - from + 1).reduce((sum, count) => sum + count, 0)).toBe(4 + 3 + 6);
});

it("a worker that is silent for a session loses its partitions to others, and comes back as a new member", async () => {
  const [one, two] = [await join("worker-1"), await join("worker-2")];
  const before = (await topic.members()).map(({ id }) => id);
  one.stop();
  await pass(sessionTimeoutMs - 200, [two]);
  expect(await ownedBy("worker-2")).toHaveLength(1);
  await pass(400, [two]);
  expect(await ownedBy("worker-1")).toBeUndefined();
  expect(await ownedBy("worker-2")).toEqual([0, 1]);
  one.goOn();
  one.session.heartbeat();
  expect(await ownedBy("worker-1")).toHaveLength(1);
  const after = (await topic.members()).map(({ id }) => id);
  expect(after.filter((id) => !before.includes(id))).toHaveLength(1);
});

it("one that comes back is told of its losses, and settles nothing of them", async () => {
  const [one, two] = [await join("worker-1"), await join("worker-2")];
  const mine = await pull(one);
  one.stop();
  await pass(sessionTimeoutMs + 200, [two]);
  const late = settle(one, mine, 10);
  one.goOn();
  await pass(100, [one, two]);
  expect(await late).toBe("lost");
  expect(one.lost.filter((id) => id === mine[0]?.origin.id)).toHaveLength(1);
  expect((await topic.partitions()).every(({ committed }) => committed === 0)).toBe(true);
});

it("a process that has ended stays a member for the grace, and then others take over", async () => {
  const [one, two] = [await join("worker-1"), await join("worker-2")];
  one.session.gone();
  await pass(200, [two]);
  expect(await ownedBy("worker-1")).toHaveLength(1);
  await pass(200, [two]);
  expect(await ownedBy("worker-1")).toBeUndefined();
  expect(await ownedBy("worker-2")).toEqual([0, 1]);
});

it("commits that are withheld are neither made nor answered; those of others are", async () => {
  const [one, two] = [await join("worker-1"), await join("worker-2")];
  const [mine, yours] = [await pull(one), await pull(two)];
  topic.withhold("worker-1");
  let answer: string | undefined;
  void settle(one, mine, 5).then((given) => (answer = given));
  expect(await settle(two, yours, 7)).toBe("settled");
  await pass(500, [one, two]);
  expect(answer).toBeUndefined();
  expect((await topic.partitions()).map(({ committed }) => committed)).toEqual(expect.arrayContaining([0, 7]));
});

it("a settle that is not answered ends when its signal aborts, as one that may have happened", async () => {
  const one = await join("worker-1");
  const mine = await pull(one);
  topic.withhold("worker-1");
  const deadline = new AbortController();
  const settling = one.source.settle(
    { origin: (mine[0] as Message).origin, messages: [], outcomes: [], watermark: 5 },
    deadline.signal,
  );
  deadline.abort();
  await expect(settling).rejects.toMatchObject({ code: "settle-aborted", kind: "dependency", definite: false });
});

it("nobody is given a partition before its former owner has noted the loss", async () => {
  const one = await join("worker-1");
  await pull(one);
  one.stop();
  const two = await join("worker-2");
  let given: readonly Message[] | undefined;
  void pull(two).then((messages) => (given = messages));
  await pass(500, [two]);
  expect(given).toBeUndefined();
  one.goOn();
  await pass(100, [two]);
  expect(given?.length).toBe(10);
});

it("what went on to a third one, while a former owner had not noted its loss yet, is not handed out by the second", async () => {
  const one = await join("worker-1");
  await pull(one);
  one.stop();
  const two = await join("worker-2");
  const three = await join("worker-3");
  const pulling = pull(two);
  await pass(100, [two, three]);
  const [moved] = (await ownedBy("worker-2")) ?? [];
  one.session.end();
  expect(await ownedBy("worker-3")).toEqual([moved]);
  expect((await pulling).map(({ data }) => data.partition)).not.toContain(moved);
});

it("the judge's own standstill is held against nobody", async () => {
  const one = await join("worker-1");
  vi.setSystemTime(Date.now());
  const silent = performance.now();
  vi.spyOn(performance, "now").mockImplementation(() => silent + 10_000);
  await vi.advanceTimersByTimeAsync(100);
  expect(await ownedBy("worker-1")).toEqual([0, 1]);
  one.session.heartbeat();
});

it("claims are made in the worker, before its first record, and one that fails is made again", async () => {
  let failures = 1;
  const claim = vi.fn<Ownership["claim"]>(() => {
    failures -= 1;
    if (failures >= 0) return Promise.reject(new WeirError("no-answer", "no database", { kind: "dependency" }));
    return Promise.resolve({ fence: 3, position: 2, decided: 4 });
  });
  const one = open("worker-1", { claim, lookUp: () => Promise.resolve(new Set()) });
  await one.source.start({ lost: () => {} });
  const pulling = pull(one);
  await pass(300, [one]);
  const messages = await pulling;
  expect(messages.map(({ offset }) => offset)).toEqual([2, 3, 4, 5, 6, 7, 8, 9]);
  expect(messages[0]?.origin).toMatchObject({ fence: 3, decided: 4 });
  expect(claim).toHaveBeenCalledTimes(3);
  expect(new Set(claim.mock.calls.map(([id]) => id))).toEqual(new Set(["orders/0", "orders/1"]));
});

it("a reader by hand commits what it has read, and drops what is not its own to say", async () => {
  const one = open("worker-1");
  const reader = await openTopicReader(one.source);
  const records = await reader.poll(6);
  expect(records.map(({ partition, offset, value }) => [partition, offset, String(value)])).toEqual(
    Array.from({ length: 6 }, (_, i) => [0, i, `${i}`]),
  );
  await reader.commit([
    { partition: 0, offset: 4 },
    { partition: 1, offset: 3 },
  ]);
  expect((await topic.partitions()).map(({ committed }) => committed)).toEqual([4, 0]);
  await reader.commit([{ partition: 0, offset: 9 }]);
  expect((await topic.partitions()).map(({ committed }) => committed)).toEqual([4, 0]);
});

it("a reader that has lost a partition and got it back commits nothing from before", async () => {
  const one = open("worker-1");
  const reader = await openTopicReader(one.source);
  const old = [...(await reader.poll(10)), ...(await reader.poll(10))];
  expect(old).toHaveLength(20);
  const two = await join("worker-2");
  const moved = await pull(two);
  const [{ partition }] = moved.map(({ data }) => data) as [TopicRecord];
  await settle(two, moved, 2);
  await two.source.close();
  await reader.poll(1);
  await reader.commit([{ partition, offset: 9 }]);
  expect((await topic.partitions())[partition]?.committed).toBe(2);
});

it("a reader answers with nothing when it is closed or told to stop, and refuses two polls at once", async () => {
  const one = open("worker-1");
  const reader = await openTopicReader(one.source);
  for (let read = 0; read < 20;) read += (await reader.poll(20)).length;
  const stop = new AbortController();
  const waiting = reader.poll(5, stop.signal);
  await expect(reader.poll(5)).rejects.toMatchObject({ code: "poll-under-way" });
  stop.abort();
  expect(await waiting).toEqual([]);
  const last = reader.poll(5);
  await reader.close();
  expect(await last).toEqual([]);
});
