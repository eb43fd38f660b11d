import { spec } from "../spec.ts";
import { emptyFacts, placeOf, type FaultName, type FaultRecord, type Facts } from "./facts.ts";
import { orderStream, reasonOf } from "./stream.ts";

export interface GoodRunOptions {
  readonly seed?: number;
  readonly messages?: number;
  readonly partitions?: number;
  readonly fault?: FaultName;
}

/** The facts of a run in which everything went right, made without servers: what the checks are tested on. */
export function goodRun(options: GoodRunOptions = {}): Facts {
  const { seed = 1, messages = 400, partitions = 3, fault = "kill" } = options;
  const facts = emptyFacts();
  const next = Array.from({ length: partitions }, () => 0);
  let arrival = 0;
  for (const { n, key, kind, digest } of orderStream({ seed, messages })) {
    const partition = Number(key.slice("account-".length)) % partitions;
    const offset = next[partition] as number;
    next[partition] = offset + 1;
    const place = placeOf(partition, offset);
    facts.published.set(n, { n, key, kind, digest, t: n });
    facts.topic.set(place, n);
    if (kind === "valid")
      facts.rows.push({ place, arrival: (arrival += 1), digest, fence: arrival > messages / 2 ? 2 : 1 });
    else facts.letters.push({ place, reason: reasonOf[kind], digest });
  }
  facts.arrivalGivenByDatabase = true;
  for (const worker of ["worker-1", "worker-2", "worker-3"]) {
    facts.processes.push({ kind: "process", worker, event: "started", t: 0 });
  }
  facts.endOfLog = {
    kind: "end-of-log",
    partitions: next.map((high, partition) => ({ partition, high, committed: high })),
  };
  const members = ["worker-2", "worker-3"].map((worker, i) => ({ id: `${worker}-id`, worker, partitions: [i] }));
  for (let t = 0; t < 5_000; t += 250) {
    const counts = { published: 100, written: 90, lag: 10, ...quiet };
    facts.samples.push({ kind: "sample", ...counts, members, t });
  }
  // Everything once, and of partition 0 a few at the takeover again.
  next.forEach((high, partition) => {
    const runs = [[partition, 0, high - 1]] as const;
    facts.deliveries.push({ kind: "delivered", worker: "worker-2", runs, t: 500 });
  });
  facts.deliveries.push({ kind: "delivered", worker: "worker-3", runs: [[0, 10, 15]], t: 1_500 });
  if (fault === "kill") addKill(facts);
  else if (fault !== "none") addFault(facts, fault);
  return facts;
}

const quiet = {
  connections: [["worker-2", 3]] as const,
  inFlight: 5,
  committed: [10],
  held: { worker: "worker-2", partition: 0, messages: 7 },
};

function addKill(facts: Facts): void {
  facts.processes.push({
    kind: "process",
    worker: "worker-1",
    event: "exited",
    code: null,
    signal: "SIGKILL",
    t: 1_000,
  });
  facts.holds.push({
    kind: "hold",
    what: "table",
    heldMs: spec.holdMs,
    waiting: 20,
    partitions: [{ partition: 0, committed: 10, writtenNotCommitted: 0, committedNotWritten: [] }],
  });
  facts.kill = {
    kind: "kill",
    worker: "worker-1",
    share: 0.25,
    partitions: [{ partition: 0, committed: 20, writtenNotCommitted: 5, committedNotWritten: [] }],
  };
}

type Disturbing = Exclude<FaultName, "kill" | "none">;

const parts: Readonly<Record<Disturbing, readonly FaultRecord["fault"][]>> = {
  pause: ["pause"],
  split: ["split-kafka", "split-postgres"],
  restart: ["restart-kafka", "restart-postgres"],
  storm: ["storm"],
};

/** Each part began at 1 s and ended a session later; worker-1 had owned partition 0 before. A storm has all its events. */
function addFault(facts: Facts, name: Disturbing): void {
  const worker = "worker-1";
  const members = [{ id: "worker-1-id", worker, partitions: [0] }];
  const counts = { published: 100, written: 50, lag: 10, ...quiet };
  facts.samples.push({ kind: "sample", ...counts, members, t: 1_000 });
  if (name === "pause") facts.race = { kind: "race", heirs: 2, back: 1 };
  for (const fault of parts[name]) {
    if (fault === "storm") {
      for (let i = 0; i < spec.stormEvents; i += 1) {
        facts.faults.push({ kind: "fault", fault, event: i % 2 === 0 ? "joined" : "left", worker, t: 1_000 + i });
      }
      continue;
    }
    facts.samples.push({ kind: "sample", ...counts, members, published: 200, t: 1_000 + spec.sessionTimeoutMs });
    facts.faults.push({ kind: "fault", fault, event: "began", worker, t: 1_000 });
    facts.faults.push({ kind: "fault", fault, event: "ended", worker, t: 1_000 + 1.2 * spec.sessionTimeoutMs });
  }
}
