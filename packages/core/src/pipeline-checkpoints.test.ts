import * as fc from "fast-check";
import { expect, it, vi } from "vitest";
import { createPipeline, dead, describeMessage, done, drop, WeirError, type Message, type Pipeline } from "./core.ts";
import { hurriedClock } from "./testing/hurried-clock.ts";
import { seededRandom } from "./testing/seeded-random.ts";
import { MemoryDeadLetters, MemoryLog, MemoryOwnership, MemorySink, type LogRecord } from "./testing/testing.ts";

const gone = new WeirError("connection-lost", "the server is gone", { kind: "dependency", definite: false });

/** One log, and one store of effects without any unique key: only the positions beside them say what happened already. */
class World {
  readonly log: MemoryLog;
  readonly ownership = new MemoryOwnership();
  readonly sink = new MemorySink<string>({ ownership: this.ownership, keepsPositions: true });
  readonly deadLetters = new MemoryDeadLetters({ ownership: this.ownership });
  readonly dropped = new Set<string>();
  readonly members: { member: ReturnType<MemoryLog["join"]>; pipeline: Pipeline }[] = [];
  readonly ids: readonly string[];
  /** Is any commit of the log's own ever counted? */
  areCommitsLost = true;

  constructor(lengths: readonly number[]) {
    this.log = new MemoryLog({ partitions: lengths.length });
    lengths.forEach((length, i) => {
      this.log.append(i, ...Array.from({ length }, (_, n) => ({ key: `key-${n % 5}`, value: String(n) })));
    });
    this.ids = lengths.flatMap((length, i) => Array.from({ length }, (_, offset) => `log/${i}@${offset}`));
    const group = this.log.group();
    const commit = group.commit.bind(group);
    group.commit = (partition, offset) => {
      if (!this.areCommitsLost) commit(partition, offset);
    };
  }

  /** Every effect that there is, in the order of happening; one that happened twice is there twice. */
  get effects(): readonly string[] {
    return this.sink.batches.flatMap(({ messages }) => messages.map(describeMessage));
  }

  get decided(): ReadonlySet<string> {
    return new Set([...this.effects, ...this.deadLetters.letters.keys(), ...this.dropped]);
  }

  /** What stands below a stored position without an outcome: it would never be delivered again. */
  get skipped(): readonly string[] {
    const { decided } = this;
    return [...this.ownership.positions].flatMap(idsBelow).filter((id) => !decided.has(id));
  }

  async join(place: number, handle: (message: Message<LogRecord>) => Promise<Answer>): Promise<void> {
    const member = this.log.join({ ownership: this.ownership });
    const pipeline = createPipeline<LogRecord, string>({
      name: `member-${place}`,
      source: member,
      process: { handle, concurrency: 3, maxDemand: 4 },
      sink: this.sink,
      batch: { size: 3, ageMs: 20, concurrency: 2 },
      deadLetters: this.deadLetters,
      windowMax: 64,
      clock: hurriedClock(100),
    });
    this.members[place] = { member, pipeline };
    await pipeline.start();
  }

  async end(): Promise<void> {
    await Promise.all(this.members.map(({ pipeline }) => pipeline.drain({ deadlineMs: 0 })));
  }
}

function idsBelow([id, position]: readonly [string, number]): string[] {
  return Array.from({ length: position }, (_, offset) => `${id}@${offset}`);
}

type Answer = ReturnType<typeof dead> | ReturnType<typeof drop> | ReturnType<typeof done<string>>;
const write = async (message: Message<LogRecord>): Promise<Answer> => done(message.data.value);

it("a new member starts behind what the transactions of the last one stored, though every commit was lost", async () => {
  const world = new World([40]);
  await world.join(0, write);
  await vi.waitUntil(() => world.effects.length === 40);
  await world.end();
  expect(world.log.group().committed).toEqual([0]);
  expect(world.ownership.positions.get("log/0")).toBe(40);
  world.log.append(0, { key: null, value: "40" });
  const handled: string[] = [];
  await world.join(1, async (message) => {
    handled.push(describeMessage(message));
    return write(message);
  });
  await vi.waitUntil(() => world.effects.length === 41);
  expect(handled).toEqual(["log/0@40"]);
  await world.end();
});

it("a batch whose answer was lost is written again, and has its effect once", async () => {
  const world = new World([7]);
  const answers = [gone, gone, undefined, gone];
  world.sink.after = () => {
    const error = answers.shift();
    if (error !== undefined) throw error;
  };
  await world.join(0, write);
  await vi.waitUntil(() => world.ownership.positions.get("log/0") === 7);
  expect(world.effects.toSorted()).toEqual(world.ids);
  await world.end();
});

it("a position waits for a dead letter until it is recorded, and what is written behind it is known all the same", async () => {
  const world = new World([6]);
  const isDown = Promise.withResolvers<void>();
  world.deadLetters.before = () => isDown.promise;
  await world.join(0, async (message) => (message.offset === 2 ? dead("malformed") : write(message)));
  await vi.waitUntil(() => world.effects.length === 5);
  expect(world.ownership.positions.get("log/0")).toBeLessThanOrEqual(2);
  await world.end();
  isDown.reject(gone);
  world.deadLetters.before = () => undefined;
  const handled: number[] = [];
  await world.join(1, async ({ offset }) => {
    handled.push(offset);
    return dead("malformed");
  });
  await vi.waitUntil(() => world.deadLetters.letters.size === 1);
  expect([handled, world.effects.length]).toEqual([[2], 5]);
  await world.end();
});

it("a log that takes no settle holds up no position, neither behind effects nor behind what was dropped", async () => {
  const world = new World([30]);
  world.log.settleFault = () => gone;
  await world.join(0, async (message) => (message.offset % 3 === 1 ? drop("unwanted") : write(message)));
  await vi.waitUntil(() => world.ownership.positions.get("log/0") === 30);
  await world.end();
});

it("a claim of an origin that begins anew forgets the old one's position", async () => {
  const world = new World([4]);
  await world.join(0, write);
  await vi.waitUntil(() => world.ownership.positions.get("log/0") === 4);
  await world.end();
  expect(await world.ownership.claim("log/0")).toMatchObject({ position: 4, decided: 3 });
  expect(await world.ownership.claim("log/0", { isAnew: true })).toMatchObject({ position: null, decided: -1 });
});

const deeds = fc.record({
  what: fc.constantFrom("rebalance", "stall", "revive", "steal", "kill", "kill"),
  who: fc.nat(1),
  turns: fc.nat(25),
});
type Deed = typeof deeds extends fc.Arbitrary<infer D> ? D : never;
const storms = fc.record({
  lengths: fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1, maxLength: 2 }),
  deeds: fc.array(deeds, { maxLength: 8 }),
  areCommitsLost: fc.boolean(),
  faultRate: fc.double({ min: 0, max: 0.3, noNaN: true }),
  seed: fc.integer(),
});
type Storm = typeof storms extends fc.Arbitrary<infer S> ? S : never;

async function act(world: World, deed: Deed, restart: (place: number) => Promise<void>): Promise<void> {
  for (let i = deed.turns; i > 0; i -= 1) await new Promise(setImmediate);
  const { log, ownership, members } = world;
  const { member, pipeline } = members[deed.who] as (typeof members)[number];
  if (deed.what === "rebalance") log.group().rebalance(deed.who);
  if (deed.what === "stall") log.group().stall(member);
  if (deed.what === "revive") log.group().revive(member);
  if (deed.what === "steal") await ownership.claim(`log/${deed.who % log.partitions.length}`).catch(() => undefined);
  if (deed.what !== "kill") return;
  await pipeline.drain({ deadlineMs: 0 });
  await restart(deed.who);
}

async function weather(storm: Storm): Promise<void> {
  const world = new World(storm.lengths);
  const { ownership, sink, deadLetters, log } = world;
  world.areCommitsLost = storm.areCommitsLost;
  const random = seededRandom(storm.seed);
  const breaches = new Set<string>();
  const stumble = async (): Promise<void> => {
    for (let turns = Math.floor(random() * 5); turns > 0; turns -= 1) await new Promise(setImmediate);
    for (const id of world.skipped) breaches.add(`${id} is below a stored position, and not decided`);
    if (random() < storm.faultRate) throw gone;
  };
  sink.before = () => stumble().then(() => undefined);
  sink.during = sink.after = deadLetters.before = deadLetters.during = ownership.before = stumble;
  log.settleFault = () => (random() < storm.faultRate ? gone : undefined);
  // Each try decides anew, so that whoever decides twice contradicts himself sooner or later.
  const handle = async (message: Message<LogRecord>): Promise<Answer> => {
    for (let turns = Math.floor(random() * 4); turns > 0; turns -= 1) await new Promise(setImmediate);
    const chance = random();
    if (chance < 0.6) return done(message.data.value);
    if (chance < 0.9) return dead("unlucky");
    world.dropped.add(describeMessage(message));
    return drop("unwanted");
  };
  const restart = (place: number): Promise<void> => world.join(place, handle);
  try {
    for (const place of [0, 1]) await restart(place);
    for (const deed of storm.deeds) await act(world, deed, restart);
    for (const { member } of world.members) log.group().revive(member);
    await vi.waitFor(() => expect([...world.decided].toSorted()).toEqual(world.ids.toSorted()), {
      interval: 1,
      timeout: 8_000,
    });
    for (const { pipeline } of world.members) expect((await pipeline.drain()).error).toBeUndefined();
    expect([...breaches, ...world.skipped]).toEqual([]);
    const outcomes = [...world.effects, ...deadLetters.letters.keys()];
    expect(outcomes.filter((id, i) => outcomes.indexOf(id) !== i)).toEqual([]);
  } finally {
    await world.end();
  }
}

it("every effect happens once and nothing is skipped, without any unique key, whoever is killed, stalls or steals, and whatever is lost", async () => {
  await fc.assert(fc.asyncProperty(storms, weather), {
    numRuns: 200,
    interruptAfterTimeLimit: 12_000,
    endOnFailure: true,
  });
}, 60_000);
