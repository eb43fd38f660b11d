import { afterEach, beforeEach, expect, it } from "vitest";
import type { Message, Origin } from "../message.ts";
import type { SettleAnswer, Source } from "../source.ts";

export interface ContractRecord {
  readonly key: string | null;
  readonly value: string;
}

/** A log of the test's own, of a group that has committed nothing yet. */
export interface SourceHarness {
  /** An even number: two members get half of them each. */
  readonly partitions: number;
  /** The id of the origins of this partition. */
  originId(partition: number): string;
  append(partition: number, records: readonly ContractRecord[]): Promise<void>;
  /** A new member of the group. The suite starts it and closes it. */
  join(): Source<unknown>;
  /** What the group has committed of each partition, 0 for nothing: asked where a cut does not reach. */
  committed(): Promise<readonly number[]>;
  /** From now on no settle gets through, until {@link heal}. Resolves once the trouble has been noticed. It may cost tenures. */
  cut(): Promise<void>;
  heal(): void;
  close(): Promise<void>;
}

/** A member with a memory: what it was told is lost. */
class Member {
  readonly source: Source<unknown>;
  readonly lost: Origin[] = [];
  #onLost: () => void = () => {};

  constructor(source: Source<unknown>) {
    this.source = source;
  }

  start(): Promise<void> {
    return this.source.start({
      lost: (origin) => {
        this.lost.push(origin);
        this.#onLost();
      },
    });
  }

  async untilLost(count: number): Promise<void> {
    while (this.lost.length < count) await new Promise<void>((resolve) => (this.#onLost = resolve));
  }

  /** Exactly `count` messages; the caller knows that there are so many. */
  async pull(count: number, max = count): Promise<Message[]> {
    const messages: Message[] = [];
    while (messages.length < count) {
      const asked = Math.min(max, count - messages.length);
      const pulled = await this.source.pull(asked, new AbortController().signal);
      if (pulled === null) throw new Error(`${this.source.name} has ended`);
      expect(pulled.length).toBeGreaterThan(0);
      expect(pulled.length).toBeLessThanOrEqual(asked);
      messages.push(...pulled);
    }
    return messages;
  }

  /** For each origin of these messages: everything below the watermark. */
  settle(
    messages: readonly Message[],
    watermark: number,
    signal: AbortSignal = new AbortController().signal,
  ): Promise<SettleAnswer>[] {
    return [...Map.groupBy(messages, ({ origin }) => origin)].map(([origin, group]) => {
      const settled = group.filter(({ offset }) => offset < watermark);
      const outcomes = settled.map(() => ({ kind: "done", value: undefined }) as const);
      return this.source.settle({ origin, messages: settled, outcomes, watermark }, signal);
    });
  }
}

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, i) => from + i);
const originsOf = (messages: readonly Message[]): Origin[] => [...new Set(messages.map(({ origin }) => origin))];
const idsOf = (origins: readonly Origin[]): string[] => origins.map(({ id }) => id).toSorted();
const offsetsOf = (messages: readonly Message[], id: string): number[] =>
  messages.filter(({ origin }) => origin.id === id).map(({ offset }) => offset);
const textOf = ({ key, raw }: Message): ContractRecord => ({
  key: key === null || typeof key === "string" ? key : new TextDecoder().decode(key),
  value: new TextDecoder().decode(raw ?? undefined),
});

/** What every source of partitions and groups promises to a pipeline. Call it inside of a `describe`. */
export function sourceContract(open: () => Promise<SourceHarness>): void {
  let harness: SourceHarness;
  let ids: readonly string[];
  let members: Member[];

  beforeEach(async () => {
    harness = await open();
    ids = range(0, harness.partitions).map((partition) => harness.originId(partition));
    members = [];
  });
  afterEach(async () => {
    harness.heal();
    await Promise.all(members.map(({ source }) => source.close()));
    await harness.close();
  });

  async function join(): Promise<Member> {
    const member = new Member(harness.join());
    members.push(member);
    await member.start();
    return member;
  }

  async function leave(member: Member): Promise<void> {
    members = members.filter((other) => other !== member);
    await member.source.close();
  }

  /** Records `from` to `to` of each partition, counted from 0 like their offsets. */
  async function fill(from: number, to: number, partitions = range(0, harness.partitions)): Promise<void> {
    const records = range(from, to).map((i) => ({ key: i % 3 === 0 ? null : `key-${i}`, value: `value-${i}` }));
    for (const partition of partitions) await harness.append(partition, records);
  }

  const everywhere = (offset: number): number[] => ids.map(() => offset);
  const partitionsOf = (origins: readonly Origin[]): number[] => origins.map(({ id }) => ids.indexOf(id));

  it("answers with at most as many as were asked for, and as soon as there is any", async () => {
    const member = await join();
    const waiting = member.source.pull(100, new AbortController().signal);
    await fill(0, 1, [0]);
    expect(await waiting).toMatchObject([{ origin: { id: ids[0] }, offset: 0 }]);
    await fill(1, 30, [0]);
    expect(offsetsOf(await member.pull(29, 4), ids[0]!)).toEqual(range(1, 30));
  });

  it("answers with nothing once its signal aborts, and the next pull goes on without loss", async () => {
    const member = await join();
    const { signal } = new AbortController();
    const leaving = new AbortController();
    const waiting = member.source.pull(10, leaving.signal);
    leaving.abort();
    expect(await waiting).toEqual([]);
    await fill(0, 5, [0]);
    const [first] = await member.pull(1);
    expect(await member.source.pull(10, AbortSignal.abort())).toEqual([]);
    expect(first!.offset).toBe(0);
    const next = (await member.source.pull(1, signal)) ?? [];
    expect(offsetsOf([...next, ...(await member.pull(3))], ids[0]!)).toEqual(range(1, 5));
  });

  it("brings each record once, as it is, in the order of its origin and with rising offsets", async () => {
    await fill(0, 50);
    const member = await join();
    const messages = await member.pull(50 * ids.length, 7);
    const origins = originsOf(messages);
    expect(idsOf(origins)).toEqual([...ids].toSorted());
    for (const origin of origins) {
      const own = messages.filter((message) => message.origin === origin);
      expect(own.map(({ offset }) => offset)).toEqual(range(0, 50));
      expect(own.map(textOf)).toEqual(
        range(0, 50).map((i) => ({ key: i % 3 === 0 ? null : `key-${i}`, value: `value-${i}` })),
      );
      expect(own.every(({ attempt }) => attempt === 1)).toBe(true);
    }
    await fill(50, 51);
    // Whatever came a second time would come before these.
    expect((await member.pull(ids.length)).map(({ offset }) => offset)).toEqual(everywhere(50));
  });

  it("hands out nothing of a paused origin and goes on with all others; after resume nothing is missing", async () => {
    await fill(0, 10);
    const member = await join();
    const [first] = await member.pull(1);
    const paused = first!.origin;
    const otherIds = ids.filter((id) => id !== paused.id);
    // First what the source may hold already, then what comes only now.
    for (const [from, to] of [
      [0, 10],
      [10, 20],
    ] as const) {
      member.source.pause(paused);
      if (from > 0) await fill(from, to);
      const others = await member.pull(10 * otherIds.length, 5);
      expect(offsetsOf(others, paused.id)).toEqual([]);
      for (const id of otherIds) expect(offsetsOf(others, id)).toEqual(range(from, to));
      const waiting = member.source.pull(3, new AbortController().signal);
      member.source.resume(paused);
      const resumed = (await waiting) ?? [];
      const left = range(Math.max(from, 1), to);
      const messages = [...resumed, ...(await member.pull(left.length - resumed.length))];
      expect(offsetsOf(messages, paused.id)).toEqual(left);
      expect(originsOf(messages)).toEqual([paused]);
    }
  });

  it("ignores pause and resume of an origin that is not one of its tenures, whatever its name", async () => {
    await fill(0, 10);
    const member = await join();
    const [known] = originsOf(await member.pull(ids.length));
    for (const stranger of [{ ...known! }, { id: "nowhere/0", epoch: 1 }]) {
      member.source.pause(stranger);
      member.source.resume({ ...stranger });
    }
    member.source.pause({ ...known! });
    expect(await member.pull(9 * ids.length)).toHaveLength(9 * ids.length);
  });

  it("has committed the watermark when a settle is answered with settled, and nothing above it", async () => {
    await fill(0, 10);
    const member = await join();
    const messages = await member.pull(10 * ids.length);
    expect(await harness.committed()).toEqual(everywhere(0));
    expect(await Promise.all(member.settle(messages, 4))).toEqual(ids.map(() => "settled"));
    expect(await harness.committed()).toEqual(everywhere(4));
    const own = messages.filter(({ origin }) => origin.id === ids[1]);
    expect(await Promise.all(member.settle(own, 9))).toEqual(["settled"]);
    expect(await harness.committed()).toEqual(ids.map((id) => (id === ids[1] ? 9 : 4)));
  });

  it("after a restart redelivers exactly from what was committed", async () => {
    await fill(0, 20);
    const first = await join();
    const messages = await first.pull(20 * ids.length);
    const own = messages.filter(({ origin }) => origin.id === ids[0]);
    await Promise.all(first.settle(own, 7));
    await leave(first);
    expect(await harness.committed()).toEqual(ids.map((id) => (id === ids[0] ? 7 : 0)));
    const again = await (await join()).pull(20 * ids.length - 7);
    for (const id of ids) expect(offsetsOf(again, id)).toEqual(range(id === ids[0] ? 7 : 0, 20));
  });

  it("two members share the partitions; a lost tenure settles nothing, a kept one goes on without repetition", async () => {
    await fill(0, 10);
    const first = await join();
    const messages = await first.pull(10 * ids.length);
    await Promise.all(first.settle(messages, 4));
    const second = await join();
    const half = ids.length / 2;
    const moved = await second.pull(6 * half);
    await first.untilLost(half);
    expect(idsOf(first.lost)).toEqual(idsOf(originsOf(moved)));
    for (const { id } of first.lost) expect(offsetsOf(moved, id)).toEqual(range(4, 10));

    const late = messages.filter(({ origin }) => first.lost.includes(origin));
    expect(await Promise.all(first.settle(late, 10))).toEqual(first.lost.map(() => "lost"));
    expect(await harness.committed()).toEqual(everywhere(4));

    const kept = originsOf(messages).filter((origin) => !first.lost.includes(origin));
    await fill(10, 11, partitionsOf(kept));
    const more = await first.pull(half);
    expect(new Set(originsOf(more))).toEqual(new Set(kept));
    expect(originsOf(more).every((origin) => kept.includes(origin))).toBe(true);
    expect(more.map(({ offset }) => offset)).toEqual(kept.map(() => 10));
    const keptMessages = messages.filter(({ origin }) => kept.includes(origin));
    expect(await Promise.all(first.settle([...keptMessages, ...more], 11))).toEqual(kept.map(() => "settled"));
    expect(await harness.committed()).toEqual(ids.map((id) => (kept.some((origin) => origin.id === id) ? 11 : 4)));
  });

  it("hands out nothing of a tenure that was lost, also of what it had not handed out before", async () => {
    await fill(0, 10);
    const first = await join();
    const [known] = await first.pull(1);
    const second = await join();
    const half = ids.length / 2;
    await first.untilLost(half);
    const lostIds = idsOf(first.lost);
    const rest = await first.pull(10 * half - (first.lost.includes(known!.origin) ? 0 : 1));
    expect(rest.filter(({ origin }) => lostIds.includes(origin.id))).toEqual([]);
    expect(idsOf(originsOf(await second.pull(10 * half)))).toEqual(lostIds);
  });

  it("each tenure has an origin of its own with a higher epoch, and the one before it settles nothing any more", async () => {
    await fill(0, 10);
    const first = await join();
    const messages = await first.pull(10 * ids.length);
    await Promise.all(first.settle(messages, 3));
    const second = await join();
    const half = ids.length / 2;
    const moved = await second.pull(7 * half);
    expect(await Promise.all(second.settle(moved, 6))).toEqual(originsOf(moved).map(() => "settled"));
    await first.untilLost(half);
    await leave(second);

    const back = await first.pull(4 * half);
    const before = new Map(originsOf(messages).map((origin) => [origin.id, origin]));
    expect(idsOf(originsOf(back))).toEqual(idsOf(first.lost));
    for (const origin of originsOf(back)) {
      expect(origin).not.toBe(before.get(origin.id));
      expect(origin.epoch).toBeGreaterThan(before.get(origin.id)!.epoch);
      expect(offsetsOf(back, origin.id)).toEqual(range(6, 10));
    }
    const committed = await harness.committed();
    const late = messages.filter(({ origin }) => first.lost.includes(origin));
    expect(await Promise.all(first.settle(late, 10))).toEqual(first.lost.map(() => "lost"));
    expect(await harness.committed()).toEqual(committed);
    for (const origin of first.lost) first.source.pause(origin);
    expect(await Promise.all(first.settle(back, 10))).toEqual(originsOf(back).map(() => "settled"));
    await fill(10, 11, partitionsOf(originsOf(back)));
    expect(new Set(originsOf(await first.pull(half)))).toEqual(new Set(originsOf(back)));
  });

  it("tells a loss once per tenure, and in a calm handover before the new owner hands out anything", async () => {
    await fill(0, 5);
    const first = await join();
    const messages = await first.pull(5 * ids.length);
    const half = ids.length / 2;
    for (let round = 1; round <= 2; round += 1) {
      const second = await join();
      const moved = await second.pull(1);
      const lost = first.lost.slice(half * (round - 1));
      expect(lost).toHaveLength(half);
      moved.push(...(await second.pull(5 * half - 1)));
      expect(idsOf(lost)).toEqual(idsOf(originsOf(moved)));
      await leave(second);
      messages.push(...(await first.pull(5 * half)));
    }
    expect(first.lost).toHaveLength(2 * half);
    expect(new Set(first.lost).size).toBe(2 * half);
    expect(first.lost.every((origin) => originsOf(messages).includes(origin))).toBe(true);
  });

  it("a settle that fails commits nothing meanwhile, and after healing neither less nor more than it was told", async () => {
    await fill(0, 10);
    const first = await join();
    const messages = await first.pull(10 * ids.length);
    await Promise.all(first.settle(messages, 3));
    const noticed = harness.cut();
    const answers = Promise.allSettled(first.settle(messages, 7));
    await noticed;
    expect(await harness.committed()).toEqual(everywhere(3));
    harness.heal();
    for (const answer of await answers) {
      if (answer.status === "rejected") expect(answer.reason).toMatchObject({ kind: "dependency" });
      else expect(["settled", "lost"]).toContain(answer.value);
    }
    // Tenures that the failure has cost come again from what was committed; all others are still held, and settle now.
    const again = await first.pull(7 * first.lost.length);
    for (const { id } of first.lost) expect(offsetsOf(again, id)).toEqual(range(3, 10));
    const held = [...messages.filter(({ origin }) => !first.lost.includes(origin)), ...again];
    expect(await Promise.all(first.settle(held, 7))).toEqual(ids.map(() => "settled"));
    expect(await harness.committed()).toEqual(everywhere(7));
    await leave(first);
    const rest = await (await join()).pull(3 * ids.length);
    for (const id of ids) expect(offsetsOf(rest, id)).toEqual(range(7, 10));
  });

  it("a settle that cannot get through ends with an error when its signal aborts, and has committed nothing", async () => {
    await fill(0, 10);
    const member = await join();
    const messages = await member.pull(10 * ids.length);
    await Promise.all(member.settle(messages, 3));
    const giveUp = new AbortController();
    const noticed = harness.cut();
    const answers = Promise.allSettled(member.settle(messages, 7, giveUp.signal));
    giveUp.abort();
    expect((await answers).map(({ status }) => status)).toEqual(ids.map(() => "rejected"));
    expect(await harness.committed()).toEqual(everywhere(3));
    await noticed;
  });

  it("close ends everything: a pull that waits, all that come after it, and the membership", async () => {
    const first = await join();
    const waiting = first.source.pull(10, new AbortController().signal);
    await leave(first);
    expect(await waiting).toBeNull();
    await fill(0, 5);
    expect(await first.source.pull(10, new AbortController().signal)).toBeNull();
    const second = await join();
    expect(await second.pull(5 * ids.length)).toHaveLength(5 * ids.length);
    expect(await harness.committed()).toEqual(everywhere(0));
  });
}
