import { emptyFacts, placeOf, type Facts } from "./facts.ts";
import { orderStream, reasonOf } from "./stream.ts";

/** The facts of a run in which everything went right, made without servers: what the checks are tested on. */
export function goodRun({ seed = 1, messages = 400, partitions = 3 } = {}): Facts {
  const facts = emptyFacts();
  const next = Array.from({ length: partitions }, () => 0);
  let arrival = 0;
  for (const { n, key, kind, digest } of orderStream({ seed, messages })) {
    const partition = Number(key.slice("account-".length)) % partitions;
    const offset = next[partition] as number;
    next[partition] = offset + 1;
    const place = placeOf(partition, offset);
    facts.published.set(n, { n, key, kind, digest });
    facts.topic.set(place, n);
    if (kind === "valid") facts.rows.push({ place, arrival: (arrival += 1), digest });
    else facts.letters.push({ place, reason: reasonOf[kind], digest });
  }
  facts.arrivalGivenByDatabase = true;
  for (const worker of ["worker-1", "worker-2", "worker-3"]) {
    facts.processes.push({ kind: "process", worker, event: "started", t: 0 });
  }
  facts.processes.push({
    kind: "process",
    worker: "worker-1",
    event: "exited",
    code: null,
    signal: "SIGKILL",
    t: 1_000,
  });
  facts.kill = {
    kind: "kill",
    worker: "worker-1",
    share: 0.25,
    partitions: [{ partition: 0, committed: 20, writtenNotCommitted: 5, committedNotWritten: [] }],
  };
  facts.endOfLog = {
    kind: "end-of-log",
    partitions: next.map((high, partition) => ({ partition, high, committed: high })),
  };
  const members = ["worker-2", "worker-3"].map((worker, i) => ({ id: `${worker}-id`, worker, partitions: [i] }));
  for (let t = 0; t < 5_000; t += 250) {
    const counts = { published: 100, written: 90, lag: 10, workers: 2, connections: 4, inFlight: 5 };
    facts.samples.push({ kind: "sample", ...counts, members, t });
  }
  return facts;
}
