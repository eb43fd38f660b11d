import type { NumberOptions } from "@weir/core/options";

/** The numbers of drill 1. They are written here and nowhere else: README, claims, experiment and solution read them. */
export const spec = {
  // Inputs
  messages: 50_000,
  partitions: 6,
  workers: 2,
  keys: 1_000,
  /** Of 1,000 messages so many are cut short, so that they are no JSON. */
  malformedPerMille: 5,
  unknownVersionCount: 5,
  oversizedCount: 5,
  nullCount: 5,
  /** A record's value, at most. */
  recordBytesMax: 16_384,
  publishPerSecond: 6_000,

  // Faults
  /** Once this share is in the table, writes to it are held up for a while: commits must not run ahead. */
  holdAtShare: 0.1,
  holdMs: 1_000,
  /** So much is published at most before anything is held up, and so much while one row is: the rest meets a held table. */
  publishedBeforeHolds: 0.2,
  publishedWithRowHeld: 0.3,
  /** The other faults begin once this share of the messages is in the table. */
  killAtShare: 0.25,
  /** One more joins once this share is published. */
  joinAtShare: 0.6,
  /** How long a killed server stays away. */
  restartDownMs: 2_000,
  /** One row is held up for so long as well: others of its partition go on, and none of them may be committed past it. */
  holdRowMs: 700,
  /** How long the judge waits for somebody who needs that row; nobody does where the table has no key. */
  holdRowWaitMs: 2_000,
  /** How long a kill waits until the victim has written what it has not committed. */
  killWindowMs: 1_000,
  /** Joins and leaves of a storm, at least; so many workers come and go at a time. */
  stormEvents: 20,
  stormGuests: 3,
  /** A storm's stream is published over so many seconds, so that every join and leave meets messages. */
  stormSeconds: 30,
  /** This share is published only when the late one owns partitions: so it always meets messages. */
  tailShare: 0.2,

  // SLOs
  lostMax: 0,
  inventedMax: 0,
  doubledMax: 0,
  outOfOrderMax: 0,
  setAsideDifferenceMax: 0,
  committedAheadMax: 0,
  deadAndDoneMax: 0,
  fencedWritesMax: 0,
  lagAtEndMax: 0,
  unexplainedMembersMax: 0,

  // Quotas, per worker
  connectionsMax: 4,
  /** Messages of one partition that a worker was given and has not committed. */
  inFlightPerPartitionMax: 1_000,
  /** Messages that come again when a partition begins anew: what was in flight, and one commit interval's worth. */
  redeliveredMax: 1_400,

  // Time
  /** How long the first connection is tried for before a worker gives up. */
  connectDeadlineMs: 30_000,
  sessionTimeoutMs: 6_000,
  commitIntervalMs: 200,
  drainDeadlineMs: 10_000,
  /** How long the table may stand still, with messages left, before the run is given up. */
  standstillMs: 60_000,
  sampleIntervalMs: 250,
  /** A worker that gives no sign of life for so long is ended. */
  silentMs: 25_000,
  /** Loading the module, and between a drain's deadline and the end of the process. */
  loadDeadlineMs: 30_000,
  drainGraceMs: 10_000,

  // The same on the memory tier, where nothing is far away
  memory: {
    publishPerSecond: 12_000,
    sessionTimeoutMs: 4_000,
    /** How long a process that has ended stays in the group: the judge looks before others take over. */
    exitGraceMs: 300,
    standstillMs: 3_000,
    drainDeadlineMs: 2_500,
    drainGraceMs: 1_500,
    sampleIntervalMs: 60,
    silentMs: 10_000,
    messages: 12_000,
    partitions: 3,
  },

  // Retention
  /** How long the effect's identity (topic, partition, offset) must stay in the table: as long as the topic keeps the message. */
  retentionDays: 7,
} as const;

/** What the command line may change, and within which bounds. */
export const parameters = {
  messages: {
    meaning: "messages to publish",
    unit: "messages",
    min: 1_000,
    max: 1_000_000,
    default: spec.messages,
    tooLow: "over before the faults have happened, and so nothing is known",
    tooHigh: "minutes",
  },
  partitions: {
    meaning: "partitions of the topic",
    unit: "partitions",
    min: 2,
    max: 64,
    default: spec.partitions,
    tooLow: "fewer than workers: some have nothing to do",
    tooHigh: "smaller batches from each",
  },
  workers: {
    meaning: "worker processes at the start; one more joins late",
    unit: "processes",
    min: 2,
    max: 8,
    default: spec.workers,
    tooLow: "one that dies leaves nobody",
    tooHigh: "more processes than cores",
  },
  seed: {
    meaning: "seed of the stream; without it one is drawn and printed",
    unit: "number",
    min: 0,
    max: 2_147_483_647,
    default: undefined,
    tooLow: "nothing: every seed is as good as another",
    tooHigh: "nothing",
  },
} as const satisfies NumberOptions;
