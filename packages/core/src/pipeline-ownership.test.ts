import * as fc from "fast-check";
import { expect, it, vi } from "vitest";
import { createPipeline, dead, done, WeirError, type Message, type Pipeline } from "./core.ts";
import { eventLog } from "./testing/event-log.ts";
import { hurriedClock } from "./testing/hurried-clock.ts";
import { seededRandom } from "./testing/seeded-random.ts";
import { MemoryDeadLetters, MemoryLog, MemoryOwnership, MemorySink, type LogRecord } from "./testing/testing.ts";
import { WatchedSource } from "./testing/watched-source.ts";

const gone = new WeirError("connection-lost", "the server is gone", { kind: "dependency", definite: false });

/** Effects, letters and owners of one log, as one database would hold them. */
class World {
  readonly log: MemoryLog;
  readonly ownership = new MemoryOwnership();
  readonly sink = new MemorySink<string>({ ownership: this.ownership });
  readonly deadLetters = new MemoryDeadLetters({ ownership: this.ownership });
  readonly pipelines: Pipeline[] = [];

  constructor(partitions: readonly (readonly string[])[]) {
    this.log = new MemoryLog({ partitions: partitions.length });
    partitions.forEach((values, i) => this.log.append(i, ...values.map((value) => ({ key: null, value }))));
  }

  join(
    name: string,
    handle: (message: Message<LogRecord>) => Promise<ReturnType<typeof dead> | ReturnType<typeof done>>,
  ) {
    const member = this.log.join({ ownership: this.ownership });
    const source = new WatchedSource(member);
    const pipeline = createPipeline<LogRecord, unknown>({
      name,
      source,
      process: { handle, concurrency: 2, maxDemand: 4 },
      sink: this.sink,
      batch: { size: 4, ageMs: 20 },
      deadLetters: this.deadLetters,
      windowMax: 64,
      clock: hurriedClock(100),
    });
    this.pipelines.push(pipeline);
    return { member, source, pipeline };
  }

  async everythingIsCommitted(): Promise<void> {
    const lengths = this.log.partitions.map(({ length }) => length);
    await vi.waitFor(() => expect(this.log.group().committed).toEqual(lengths), { interval: 1, timeout: 8_000 });
  }

  async end(): Promise<void> {
    await Promise.all(this.pipelines.map((pipeline) => pipeline.drain({ deadlineMs: 0 })));
  }
}

const write = async (message: Message<LogRecord>) => done(message.data.value);

it("a zombie, whose partition was taken over while its batch was on its way, writes nothing and settles nothing", async () => {
  const world = new World([["a", "b", "c"]]);
  const fenced = eventLog("fenced", "zombie");
  const held = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  world.sink.before = async () => {
    if (world.pipelines.length > 1) return undefined;
    stopped.resolve();
    await held.promise;
    return undefined;
  };
  const zombie = world.join("zombie", write);
  await zombie.pipeline.start();
  await stopped.promise;
  world.log.group().stall(zombie.member);
  await world.join("heir", write).pipeline.start();
  await world.everythingIsCommitted();
  held.resolve();
  await vi.waitUntil(() => fenced.events.length > 0);
  fenced.stop();
  world.log.group().revive(zombie.member);
  const report = await zombie.pipeline.drain();
  expect(fenced.events).toEqual([{ pipeline: "zombie", origin: "log/0", epoch: 1, fence: 1, count: 3 }]);
  expect(report).toMatchObject({ pulled: 3, settled: 0, released: 3, fenced: 3, uncertain: 0 });
  const writers = world.sink.batches.flatMap(({ messages }) => messages.map(({ origin }) => origin.fence));
  expect(writers).toEqual([2, 2, 2]);
  await world.end();
});

it("a dead letter of a zombie is not recorded where the new owner had the effect: never both", async () => {
  const world = new World([["a"]]);
  const held = Promise.withResolvers<void>();
  const stopped = Promise.withResolvers<void>();
  const zombie = world.join("zombie", async () => {
    stopped.resolve();
    await held.promise;
    return dead("malformed");
  });
  const fenced = eventLog("fenced", "zombie");
  await zombie.pipeline.start();
  await stopped.promise;
  world.log.group().stall(zombie.member);
  await world.join("heir", write).pipeline.start();
  await world.everythingIsCommitted();
  held.resolve();
  await vi.waitUntil(() => fenced.events.length > 0);
  fenced.stop();
  expect([...world.sink.rows.keys()]).toEqual(["log/0@0"]);
  expect(world.deadLetters.letters.size).toBe(0);
  await world.end();
});

it("settles what was decided and not committed without handling it again", async () => {
  const world = new World([["a", "b", "c", "d"]]);
  world.log.settleFault = () => gone;
  const first = world.join("first", async ({ data }) => (data.value === "b" ? dead("malformed") : done(data.value)));
  await first.pipeline.start();
  await vi.waitUntil(() => world.sink.rows.size === 3 && world.deadLetters.letters.size === 1);
  await first.pipeline.drain({ deadlineMs: 0 });
  expect(world.log.group().committed).toEqual([0]);
  world.log.settleFault = () => undefined;
  world.log.append(0, { key: null, value: "e" });
  const handled: string[] = [];
  const second = world.join("second", async ({ data }) => {
    handled.push(data.value);
    return done(data.value);
  });
  await second.pipeline.start();
  await world.everythingIsCommitted();
  expect(await second.pipeline.drain()).toMatchObject({ pulled: 5, settled: 5, done: 1, alreadyDecided: 4 });
  expect(handled).toEqual(["e"]);
});

it("an owner whose claim was stolen claims again, and everything is written once", async () => {
  const world = new World([["a", "b"]]);
  const { pipeline } = world.join("owner", write);
  await pipeline.start();
  await world.everythingIsCommitted();
  await world.ownership.claim("log/0");
  world.log.append(0, { key: null, value: "c" });
  await world.everythingIsCommitted();
  expect(world.ownership.fences.get("log/0")).toBe(3);
  expect([...world.sink.rows.values()]).toEqual(["a", "b", "c"]);
  expect(await pipeline.drain()).toMatchObject({ pulled: 4, settled: 3, released: 1, fenced: 1 });
});

it("starts where the position beside the effects says", async () => {
  const world = new World([["a", "b", "c"]]);
  world.ownership.positions.set("log/0", 2);
  const { pipeline } = world.join("owner", write);
  await pipeline.start();
  await world.everythingIsCommitted();
  expect([...world.sink.rows.values()]).toEqual(["c"]);
  await pipeline.drain();
});

const deeds = fc.record({
  what: fc.constantFrom("rebalance", "stall", "stall", "revive", "steal"),
  who: fc.nat(2),
  turns: fc.nat(25),
});
type Deed = typeof deeds extends fc.Arbitrary<infer D> ? D : never;
const storms = fc.record({
  lengths: fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 3 }),
  deeds: fc.array(deeds, { maxLength: 10 }),
  faultRate: fc.double({ min: 0, max: 0.3, noNaN: true }),
  seed: fc.integer(),
});
type Storm = typeof storms extends fc.Arbitrary<infer S> ? S : never;

async function act({ log, ownership }: World, deed: Deed, member: ReturnType<MemoryLog["join"]>): Promise<void> {
  for (let i = deed.turns; i > 0; i -= 1) await new Promise(setImmediate);
  if (deed.what === "rebalance") log.group().rebalance(deed.who);
  if (deed.what === "stall") log.group().stall(member);
  if (deed.what === "revive") log.group().revive(member);
  if (deed.what === "steal") await ownership.claim(`log/${deed.who % log.partitions.length}`).catch(() => undefined);
}

async function weather({ lengths, deeds: all, faultRate, seed }: Storm): Promise<void> {
  const world = new World(lengths.map((length) => Array.from({ length }, (_, i) => String(i))));
  const { ownership, sink, deadLetters, log } = world;
  const random = seededRandom(seed);
  const breaches: string[] = [];
  const pause = async (): Promise<void> => {
    for (let turns = Math.floor(random() * 5); turns > 0; turns -= 1) await new Promise(setImmediate);
  };
  const mayFail = (): void => {
    if (random() < faultRate) throw gone;
  };
  const stumble = async (): Promise<void> => {
    await pause();
    mayFail();
  };
  sink.before = () => stumble().then(() => undefined);
  deadLetters.before = stumble;
  ownership.before = stumble;
  sink.during = deadLetters.during = pause;
  log.settleFault = () => (random() < faultRate ? gone : undefined);
  // Each try decides anew: whoever writes behind the owner's back contradicts it sooner or later.
  const handle = async (message: Message<LogRecord>) => {
    const { id, fence } = message.origin;
    if (fence === ownership.fences.get(id) && ownership.isDecided(message)) {
      breaches.push(`${id}@${message.offset} was decided, and is handled again under fence ${fence}`);
    }
    await pause();
    return random() < 0.5 ? dead("unlucky") : done(message.data.value);
  };
  const members = ["one", "two", "three"].map((name) => world.join(name, handle));
  try {
    for (const { pipeline } of members) await pipeline.start();
    for (const deed of all) await act(world, deed, (members[deed.who] as (typeof members)[number]).member);
    for (const { member } of members) log.group().revive(member);
    await world.everythingIsCommitted();
    for (const { pipeline } of members) {
      const report = await pipeline.drain();
      expect(report.error).toBeUndefined();
      expect(report.pulled).toBe(report.settled + report.released);
    }
    expect([...breaches, ...members.flatMap(({ source }) => source.breaches)]).toEqual([]);
    const ids = lengths.flatMap((length, i) => Array.from({ length }, (_, offset) => `log/${i}@${offset}`));
    expect([...sink.rows.keys(), ...deadLetters.letters.keys()].toSorted()).toEqual(ids.toSorted());
  } finally {
    await world.end();
  }
}

it("no message is ever both dead and done, or decided twice, whoever stalls, comes back or steals, and whatever fails", async () => {
  await fc.assert(fc.asyncProperty(storms, weather), {
    numRuns: 200,
    interruptAfterTimeLimit: 12_000,
    endOnFailure: true,
  });
}, 60_000);
