import type { Variant } from "@weir/drill";

/** The stream is short, and nothing is done to the workers: what these mistakes do, they do by themselves. */
const undisturbed = { tier: "memory", fault: "none" } as const;

/** Every answer to this drill that is kept beside it. The command line names them, the gate tries them all. */
export const variants: readonly Variant[] = [
  {
    name: "solution",
    kind: "solution",
    file: "solution/ingest.ts",
    belief: "a pipeline: written, then committed; once by key; only by the owner",
  },
  {
    name: "by-hand",
    kind: "right",
    file: "right/by-hand.ts",
    belief: "no pipeline, no fence: one loop that reads, writes, and then commits what it has written",
  },
  {
    name: "stub",
    kind: "stub",
    file: "exercise/ingest.ts",
    belief: "what `--mine` begins with: the tables are there, the rest is missing",
  },
  {
    name: "commit-before-write",
    kind: "naive",
    file: "naive/commit-before-write.ts",
    belief: "I commit first: once committed, a record never comes again, so a crash cannot make duplicates",
    falsifies: "I6",
  },
  {
    name: "plain-insert",
    kind: "naive",
    file: "naive/plain-insert.ts",
    belief: "Kafka remembers how far I have come, so each record comes once, and a plain insert will do",
    falsifies: "I3",
  },
  {
    name: "last-partial-batch",
    kind: "naive",
    file: "naive/last-partial-batch.ts",
    belief: "I write when I have 500: there is always a next record, so every batch fills",
    falsifies: "I1",
    shownBy: undisturbed,
  },
  {
    name: "bad-record-stops-all",
    kind: "naive",
    file: "naive/bad-record-stops-all.ts",
    belief: "I never skip what I cannot read: it is tried again until it goes",
    falsifies: "S1",
    shownBy: undisturbed,
  },
  {
    name: "buffer-everything",
    kind: "naive",
    file: "naive/buffer-everything.ts",
    belief: "reading must never wait for the database: the array in between evens things out",
    falsifies: "Q2",
  },
  {
    name: "commit-highest",
    kind: "naive",
    file: "naive/commit-highest.ts",
    belief: "two batches at once, and each commits its last offset: in the end the highest one stands there anyway",
    falsifies: "I6",
  },
  {
    name: "work-in-the-loop",
    kind: "naive",
    file: "naive/work-in-the-loop.ts",
    belief: "a few milliseconds of checking an order are nothing, so I check a whole batch in one go",
    falsifies: "S2",
    shownBy: { tier: "real", fault: "none", parameters: { messages: 2_400, partitions: 2 } },
  },
];
