import type { Guard } from "@weir/proof";
import { spec } from "../spec.ts";
import { deliveredPlaces } from "./deliveries.ts";
import type { Facts, FaultRecord, SampleRecord } from "./facts.ts";
import { reasonOf } from "./stream.ts";

const publishedOf = (facts: Facts, kind: string): number => {
  let count = 0;
  for (const message of facts.published.values()) if (message.kind === kind) count += 1;
  return count;
};

export const guards = {
  published: {
    id: "published",
    sentence: "valid messages were published and read back by the judge's own consumer",
    min: 1,
    reached: (facts: Facts) => Math.min(publishedOf(facts, "valid"), facts.topic.size),
  },
  written: { id: "written", sentence: "rows were written", min: 1, reached: (facts: Facts) => facts.rows.length },
  allKindsBad: {
    id: "all-kinds-bad",
    sentence: "every kind of bad record was published (the rarest of them so often)",
    min: 1,
    reached: (facts: Facts) => Math.min(...Object.keys(reasonOf).map((kind) => publishedOf(facts, kind))),
  },
  killedMidStream: {
    id: "killed-mid-stream",
    sentence: "a worker died by SIGKILL while it owned partitions and messages were still to come (its partitions)",
    min: 1,
    reached: (facts: Facts) => {
      const { kill } = facts;
      if (kill === null || kill.share >= 0.95) return 0;
      const died = facts.processes.some(
        (p) => p.worker === kill.worker && p.event === "exited" && p.signal === "SIGKILL",
      );
      return died ? kill.partitions.length : 0;
    },
  },
  heldUp: {
    id: "held-up",
    sentence: "writes were held up while messages waited for them (messages)",
    min: 1,
    reached: ({ holds }: Facts) => holds.find(({ what }) => what === "table")?.waiting ?? 0,
  },
  writtenNotCommitted: {
    id: "written-not-committed",
    sentence: "the kill fell between write and commit: messages that are in the table were delivered again",
    min: 1,
    reached: (facts: Facts) => (facts.kill?.partitions ?? []).reduce((sum, part) => sum + part.writtenNotCommitted, 0),
  },
  joinedLate: {
    id: "joined-late",
    sentence: "a worker that joined late owned partitions while messages were still being published (its partitions)",
    min: 1,
    reached: (facts: Facts) => {
      const late = facts.processes.filter((process) => process.event === "started").at(-1)?.worker;
      const owned = facts.samples
        .filter((sample) => sample.published < facts.published.size)
        .map((sample) => sample.members.find((member) => member.worker === late)?.partitions.length ?? 0);
      return Math.max(0, ...owned);
    },
  },
  handedOut: {
    id: "handed-out",
    sentence: "the judge saw what was handed out to the workers: every message that is in the topic (their share)",
    min: 1,
    reached: (facts: Facts) => {
      const places = deliveredPlaces(facts);
      let seen = 0;
      for (const place of facts.topic.keys()) if (places.has(place)) seen += 1;
      return facts.topic.size === 0 ? 0 : seen / facts.topic.size;
    },
  },
  arrivalByDatabase: {
    id: "arrival-by-database",
    sentence: "the arrival number is generated always by the database",
    min: 1,
    reached: (facts: Facts) => (facts.arrivalGivenByDatabase ? 1 : 0),
  },
  watched: {
    id: "watched",
    sentence: "the group was looked at while at least two workers were in it (looks)",
    min: 10,
    reached: (facts: Facts) => facts.samples.filter((sample) => sample.members.length >= 2).length,
  },
  endSeen: {
    id: "end-seen",
    sentence: "the end of the log was read on every partition",
    min: 1,
    reached: (facts: Facts) => facts.endOfLog?.partitions.length ?? 0,
  },
  publishedWhileCut: {
    id: "published-while-cut",
    sentence: "messages were published while one worker could not reach Postgres (messages)",
    min: 1,
    reached: ({ faults, samples }: Facts) => {
      const [began, ended] = faults.filter(({ fault }) => fault === "split-postgres");
      const during = samples.filter(({ t }) => t >= (began?.t ?? 0) && t <= (ended?.t ?? 0));
      return (during.at(-1)?.published ?? 0) - (during[0]?.published ?? 0);
    },
  },
  raced: {
    id: "raced",
    sentence: "the worker that came back asked to write while its heirs waited to (connections of the fewer)",
    min: 1,
    reached: ({ race }: Facts) => (race === null ? 0 : Math.min(race.heirs, race.back)),
  },
  takenOver: {
    id: "taken-over",
    sentence: "others took over what the worker had owned, while it was away (its partitions)",
    min: 1,
    reached: takenOver,
  },
  stormed: {
    id: "stormed",
    sentence: "workers joined and left while messages were still to come (joins and leaves)",
    min: spec.stormEvents,
    reached: (facts: Facts) => facts.faults.filter(({ fault }) => fault === "storm").length,
  },
} as const satisfies Record<string, Guard<Facts>>;

const lasted: Readonly<Partial<Record<FaultRecord["fault"], string>>> = {
  pause: "one worker was stopped for longer than the session timeout, and went on (ms)",
  "split-kafka": "one worker was cut off from Kafka, for longer than the session timeout (ms)",
  "split-postgres": "one worker was cut off from Postgres, for longer than the session timeout (ms)",
  "restart-kafka": "Kafka was killed, stayed away and came back (ms)",
  "restart-postgres": "Postgres was killed, stayed away and came back (ms)",
};

/** A fault began, lasted for so long, and ended. */
export function lastedFor(fault: FaultRecord["fault"], min: number): Guard<Facts> {
  return { id: `lasted-${fault}`, sentence: lasted[fault] ?? fault, min, reached: (facts) => lastedMs(facts, fault) };
}

/** From its beginning to its end; 0 if it did not end. */
function lastedMs({ faults }: Facts, name: FaultRecord["fault"]): number {
  const began = faults.find(({ fault, event }) => fault === name && event === "began");
  const ended = faults.find(({ fault, event }) => fault === name && event === "ended");
  return began === undefined || ended === undefined ? 0 : ended.t - began.t;
}

/** What the worker owned when the fault began, and others owned before it ended. */
function takenOver({ faults, samples }: Facts): number {
  const [began] = faults;
  const ended = faults.find(({ fault, event }) => fault === began?.fault && event === "ended");
  if (began?.worker === undefined || ended === undefined) return 0;
  const ownedBy = (sample: SampleRecord, isIt: boolean): number[] =>
    sample.members.filter(({ worker }) => (worker === began.worker) === isIt).flatMap(({ partitions }) => partitions);
  const before = samples.findLast((sample) => sample.t <= began.t && sample.members.length > 0);
  const others = new Set(
    samples.filter(({ t }) => t > began.t && t <= ended.t).flatMap((sample) => ownedBy(sample, false)),
  );
  return before === undefined ? 0 : ownedBy(before, true).filter((partition) => others.has(partition)).length;
}
