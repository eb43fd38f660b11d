import { WeirError } from "@weir/core";
import type { SettleAnswer } from "@weir/core";
import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Committer, type TopicPositions } from "./committer.ts";
import { ManualClock } from "./manual-clock.ts";
import { Tenures, type Tenure } from "./tenures.ts";

const signal = new AbortController().signal;
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A committer whose commits the test answers by hand. */
class Bench {
  readonly clock = new ManualClock();
  readonly tenures = new Tenures();
  readonly sent: TopicPositions[][] = [];
  readonly failures: string[] = [];
  last: TopicPositions[] = [];
  hasConsumer = true;
  #answer: { resolve: () => void; reject: (error: Error) => void } | null = null;
  readonly committer = new Committer({
    clock: this.clock,
    intervalMs: 200,
    send: (topics) => {
      if (!this.hasConsumer) return null;
      expect(this.#answer).toBeNull();
      this.sent.push(topics);
      this.last = topics;
      return new Promise((resolve, reject) => (this.#answer = { resolve, reject }));
    },
    onCommitted: () => {},
    onFailure: ({ code }) => this.failures.push(code),
  });

  hold(partitions: number, member = "m1"): Tenure[] {
    const places = Array.from({ length: partitions }, (_, partition) => ({ topic: "orders", partition }));
    const { gained, lost } = this.tenures.join(member, places);
    for (const tenure of lost) this.committer.lose(tenure);
    for (const tenure of gained) tenure.watermark = tenure.committed = 0;
    return [...gained];
  }

  get isInFlight(): boolean {
    return this.#answer !== null;
  }

  async confirm(): Promise<void> {
    this.committer.confirm(this.last);
    await this.resolve();
  }

  async resolve(): Promise<void> {
    const answer = this.#answer;
    this.#answer = null;
    answer?.resolve();
    await turn();
  }

  async reject(type: string): Promise<void> {
    const answer = this.#answer;
    this.#answer = null;
    answer?.reject(Object.assign(new Error(type), { name: "KafkaJSProtocolError", type, retriable: true }));
    await turn();
  }

  /** The consumer was given up: what was in flight is never answered. */
  giveUp(): void {
    this.#answer = null;
    for (const tenure of this.tenures.loseAll()) this.committer.lose(tenure);
    this.committer.forget();
  }
}

const offsetsOf = (topics: TopicPositions[]) => topics.flatMap(({ partitions }) => partitions.map((p) => p.offset));

describe("committer", () => {
  it("lets many settles share one commit, of the latest watermarks", async () => {
    const bench = new Bench();
    const [a, b] = bench.hold(2);
    const settles = [
      bench.committer.settle(a!, 5, signal),
      bench.committer.settle(a!, 8, signal),
      bench.committer.settle(b!, 3, signal),
    ];
    bench.clock.advance(200);
    expect(bench.sent).toEqual([
      [
        {
          topic: "orders",
          partitions: [
            { partition: 0, offset: "8" },
            { partition: 1, offset: "3" },
          ],
        },
      ],
    ]);
    await bench.confirm();
    expect(await Promise.all(settles)).toEqual(["settled", "settled", "settled"]);
  });

  it("counts a commit only when the broker's confirmation was seen, never because its promise resolved", async () => {
    const bench = new Bench();
    const [a] = bench.hold(1);
    const settling = bench.committer.settle(a!, 5, signal);
    bench.clock.advance(200);
    await bench.resolve();
    expect(a!.committed).toBe(0);
    bench.clock.advance(100);
    expect(bench.sent.length).toBe(2);
    await bench.confirm();
    expect(await settling).toBe("settled");
  });

  it("resent commit: after an error the list is computed anew, and what was lost meanwhile is not in it", async () => {
    const bench = new Bench();
    const [a, b] = bench.hold(2);
    const lost = bench.committer.settle(a!, 100, signal);
    const kept = bench.committer.settle(b!, 5, signal);
    bench.clock.advance(200);
    await bench.reject("REBALANCE_IN_PROGRESS");
    bench.tenures.join("m1", [{ topic: "orders", partition: 1 }]);
    bench.committer.lose(a!);
    const more = bench.committer.settle(b!, 7, signal);
    bench.committer.joined();
    bench.clock.advance(0);
    expect(bench.last).toEqual([{ topic: "orders", partitions: [{ partition: 1, offset: "7" }] }]);
    await bench.confirm();
    expect(await Promise.all([lost, kept, more])).toEqual(["lost", "settled", "settled"]);
  });

  it("has one commit in flight, also when a rebalance asks for another", async () => {
    const bench = new Bench();
    const [a] = bench.hold(1);
    void bench.committer.settle(a!, 5, signal);
    bench.committer.commitNow();
    void bench.committer.settle(a!, 6, signal);
    bench.committer.commitNow();
    bench.clock.advance(1_000);
    expect(bench.sent.length).toBe(1);
    await bench.confirm();
    bench.clock.advance(200);
    expect(offsetsOf(bench.last)).toEqual(["6"]);
  });

  it("backs off after errors, and not for ever", async () => {
    const bench = new Bench();
    const [a] = bench.hold(1);
    void bench.committer.settle(a!, 5, signal);
    bench.clock.advance(200);
    for (const delayMs of [100, 200, 400, 800, 1_000, 1_000]) {
      await bench.reject("NETWORK_EXCEPTION");
      const before = bench.sent.length;
      bench.clock.advance(delayMs - 1);
      expect(bench.sent.length).toBe(before);
      bench.clock.advance(1);
      expect(bench.sent.length).toBe(before + 1);
    }
  });

  it("answers a settle that moves nothing at once", async () => {
    const bench = new Bench();
    const [a] = bench.hold(1);
    expect(await bench.committer.settle(a!, 0, signal)).toBe("settled");
    expect(bench.clock.pending).toBe(0);
  });

  it("answers lost for a tenure that ended before or while its commit was awaited", async () => {
    const bench = new Bench();
    const [a] = bench.hold(1);
    const settling = bench.committer.settle(a!, 5, signal);
    bench.clock.advance(200);
    bench.hold(1, "m2");
    bench.committer.confirm(bench.last);
    expect(await settling).toBe("lost");
    expect(a!.committed).toBe(0);
    expect(await bench.committer.settle(a!, 9, signal)).toBe("lost");
  });

  it("rejects at the drain's deadline, and still commits", async () => {
    const bench = new Bench();
    const [a] = bench.hold(1);
    const deadline = new AbortController();
    const settling = bench.committer.settle(a!, 5, deadline.signal);
    deadline.abort();
    await expect(settling).rejects.toMatchObject({ code: "settle-aborted", kind: "dependency", definite: false });
    const idle = bench.committer.idle();
    expect(offsetsOf(bench.last)).toEqual(["5"]);
    await bench.confirm();
    await idle;
    expect(a!.committed).toBe(5);
  });

  it("commit while stopping: repeated until it counts", async () => {
    const bench = new Bench();
    const [a] = bench.hold(1);
    void bench.committer.settle(a!, 5, signal);
    let isIdle = false;
    const idle = bench.committer.idle().then(() => (isIdle = true));
    await bench.reject("REBALANCE_IN_PROGRESS");
    bench.clock.advance(100);
    await bench.resolve(); // resolved, and committed nothing
    bench.clock.advance(200);
    expect([bench.sent.length, isIdle]).toEqual([3, false]);
    await bench.confirm();
    await idle;
    expect(a!.committed).toBe(5);
  });

  it("refuses what is settled after its stop, where it would wait for ever, and knows what was committed before", async () => {
    const bench = new Bench();
    const [tenure] = bench.hold(1);
    const settled = bench.committer.settle(tenure!, 5, signal);
    bench.clock.advance(200);
    await bench.confirm();
    expect(await settled).toBe("settled");
    const closed = new WeirError("kafka-closed", "closed", { kind: "dependency" });
    bench.committer.stop(closed);
    await expect(bench.committer.settle(tenure!, 6, signal)).rejects.toBe(closed);
    expect(await bench.committer.settle(tenure!, 5, signal)).toBe("settled");
    bench.clock.advance(10_000);
    expect(bench.sent).toHaveLength(1);
  });

  it("stops the source on an error that no further try can mend", async () => {
    const bench = new Bench();
    const [a] = bench.hold(1);
    const settling = bench.committer.settle(a!, 5, signal);
    bench.clock.advance(200);
    await bench.reject("GROUP_AUTHORIZATION_FAILED");
    expect(bench.failures).toEqual(["not-authorized"]);
    bench.committer.stop(new WeirError("not-authorized", "no", { kind: "programming" }));
    await expect(settling).rejects.toMatchObject({ code: "not-authorized" });
  });

  it("commits nothing above what was settled and nothing of a lost tenure, and answers every settle truly", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 50 }), async (steps) => {
        const bench = new Bench();
        bench.hold(3);
        const asked: Asked[] = [];
        for (const each of steps) await play(bench, each, asked);
        for (let i = 0; i < 20; i += 1) {
          bench.clock.advance(1_000);
          checkSent(bench);
          if (bench.isInFlight) await bench.confirm();
        }
        await turn();
        expect(asked.filter(({ answer }) => answer === null)).toEqual([]);
        expect(asked.filter(({ tenure, answer }) => !tenure.isLost && answer === "lost")).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });
});

const step = fc.record({
  kind: fc.constantFrom("settle", "settle", "time", "confirm", "resolve", "reject", "rejoin", "shrink", "giveUp"),
  partition: fc.integer({ min: 0, max: 2 }),
  by: fc.integer({ min: 0, max: 9 }),
});
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

interface Asked {
  readonly tenure: Tenure;
  answer: SettleAnswer | null;
}

function ask({ committer }: Bench, tenure: Tenure, by: number): Asked {
  const upTo = tenure.watermark + by;
  const asked: Asked = { tenure, answer: null };
  void committer.settle(tenure, upTo, signal).then((answer) => {
    if (answer === "settled") expect(tenure.committed).toBeGreaterThanOrEqual(upTo);
    asked.answer = answer;
  });
  return asked;
}

/** Called after whatever may have sent: what is in the list must be owned, settled, and new at this moment. */
function checkSent(bench: Bench): void {
  for (const { partition, offset } of bench.sent.splice(0).flatMap((t) => t.flatMap(({ partitions }) => partitions))) {
    const tenure = bench.tenures.at({ topic: "orders", partition });
    expect(tenure, `orders/${partition} is committed and not owned`).toBeDefined();
    expect(Number(offset)).toBe(tenure!.watermark);
    expect(Number(offset)).toBeGreaterThan(tenure!.committed);
  }
}

async function play(bench: Bench, { kind, partition, by }: Step, asked: Asked[]): Promise<void> {
  const tenure = bench.tenures.at({ topic: "orders", partition });
  if (kind === "settle" && tenure !== undefined) asked.push(ask(bench, tenure, by));
  if (kind === "time") bench.clock.advance(by * 100);
  checkSent(bench);
  if (kind === "confirm" && bench.isInFlight) await bench.confirm();
  if (kind === "resolve" && bench.isInFlight) await bench.resolve();
  if (kind === "reject" && bench.isInFlight) await bench.reject("ILLEGAL_GENERATION");
  if (kind === "rejoin") bench.hold(3, by < 5 ? "m1" : "m2");
  if (kind === "shrink") bench.hold(partition, "m1");
  if (kind === "rejoin" || kind === "shrink") bench.committer.joined();
  if (kind === "giveUp") bench.giveUp();
}
