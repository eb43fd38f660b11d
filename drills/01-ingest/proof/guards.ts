import type { Guard } from "@weir/proof";
import type { Facts } from "./facts.ts";
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
} as const satisfies Record<string, Guard<Facts>>;
