import type { DrillTier } from "@weir/drill";
import type { Claim, Guard } from "@weir/proof";
import { spec } from "../spec.ts";
import type { Facts, FaultName } from "./facts.ts";
import { findHeld, findRedelivered } from "./deliveries.ts";
import * as findings from "./findings.ts";
import { guards, lastedFor } from "./guards.ts";
import { timesOn } from "./times.ts";

const { published, written, allKindsBad, killedMidStream, writtenNotCommitted, joinedLate } = guards;
const { arrivalByDatabase, watched, endSeen, handedOut } = guards;

const lastedDown = (name: "restart-kafka" | "restart-postgres"): Guard<Facts> => lastedFor(name, spec.restartDownMs);

/** What must really have happened to a run under each fault. */
function reachedUnder(fault: FaultName, tier: DrillTier): readonly Guard<Facts>[] {
  const { sessionTimeoutMs } = timesOn(tier);
  const lastedSession = (name: "split-kafka" | "split-postgres" | "pause") => lastedFor(name, sessionTimeoutMs);
  const reached: Readonly<Record<FaultName, readonly Guard<Facts>[]>> = {
    none: [],
    kill: [killedMidStream, writtenNotCommitted, joinedLate],
    split: [lastedSession("split-kafka"), lastedSession("split-postgres"), guards.publishedWhileCut, guards.takenOver],
    pause: [lastedSession("pause"), guards.takenOver],
    restart: [lastedDown("restart-kafka"), lastedDown("restart-postgres")],
    storm: [guards.stormed],
  };
  return reached[fault];
}

/** The claims of drill 1 under one fault. Their ids stand in the README; their thresholds in `spec.ts`. */
export function claimsUnder(fault: FaultName, tier: DrillTier = "real"): readonly Claim<Facts>[] {
  const reached = [published, written, ...reachedUnder(fault, tier)];
  const about = [...aboutMessages, redelivered];
  const common = [...about.map((claim) => ({ ...claim, guards: [...reached, ...claim.guards] })), connections, held];
  const special: Partial<Record<FaultName, readonly Claim<Facts>[]>> = {
    kill: [writtenBeforeCommitted, { ...explainedMembers, guards: [watched, joinedLate] }],
    none: [explainedMembers],
    pause: [fencedWrites],
  };
  return [...common, ...(special[fault] ?? [])].toSorted((a, b) => rank(a.id) - rank(b.id));
}

/** Invariants first, then SLOs, then quotas, as in the README. */
const rank = (id: string): number => "ISQ".indexOf(id.charAt(0)) * 100 + Number(id.slice(1));

/** What must hold of the messages, whatever is done to the run. */
const aboutMessages: readonly Claim<Facts>[] = [
  {
    id: "I1",
    sentence: "Nothing is lost: every valid message has its row",
    how: "what was published and read back, against the table",
    comparison: "=",
    threshold: spec.lostMax,
    unit: "messages",
    guards: [],
    look: findings.findLost,
  },
  {
    id: "I2",
    sentence: "Nothing is invented: every row is explained by the message at its origin",
    how: "each row against the topic, contents by digest",
    comparison: "=",
    threshold: spec.inventedMax,
    unit: "rows",
    guards: [],
    look: findings.findInvented,
  },
  {
    id: "I3",
    sentence: "Nothing is doubled: no message has its effect twice",
    how: "rows of equal contents, against the copies in the topic",
    comparison: "=",
    threshold: spec.doubledMax,
    unit: "rows",
    guards: [],
    look: findings.findDoubled,
  },
  {
    id: "I4",
    sentence: "Order per key is kept",
    how: "arrival numbers given by the database, against offsets",
    comparison: "=",
    threshold: spec.outOfOrderMax,
    unit: "rows",
    guards: [arrivalByDatabase],
    look: findings.findOutOfOrder,
  },
  {
    id: "I5",
    sentence: "What is set aside is what was bad, with its reason and its bytes",
    how: "dead letters against the bad records that were published",
    comparison: "=",
    threshold: spec.setAsideDifferenceMax,
    unit: "differences",
    guards: [allKindsBad],
    look: findings.findSetAsideDifferences,
  },
  {
    id: "I7",
    sentence: "Nothing is both dead and done",
    how: "places that are in the table and among the dead letters",
    comparison: "=",
    threshold: spec.deadAndDoneMax,
    unit: "messages",
    guards: [allKindsBad],
    look: findings.findDeadAndDone,
  },
  {
    id: "S1",
    sentence: "The lag comes back to its baseline",
    how: "committed offsets against the end of the log, when the workers had stopped",
    comparison: "=",
    threshold: spec.lagAtEndMax,
    unit: "messages",
    guards: [endSeen],
    look: findings.findLagAtEnd,
  },
];

const writtenBeforeCommitted: Claim<Facts> = {
  id: "I6",
  sentence: "Written before committed: no committed offset was unwritten, while writes were held up and at the kill",
  how: "committed offsets against the table, while it was locked, and before anybody took over",
  comparison: "=",
  threshold: spec.committedAheadMax,
  unit: "offsets",
  guards: [guards.heldUp, killedMidStream],
  look: findings.findCommittedAhead,
};

const explainedMembers: Claim<Facts> = {
  id: "S2",
  sentence: "No rebalance is unexplained: nobody joins the group but the processes that were started",
  how: "member ids of the group against processes started",
  comparison: "=",
  threshold: spec.unexplainedMembersMax,
  unit: "members",
  guards: [watched],
  look: findings.findUnexplainedMembers,
};

/** Under `pause` alone, where the race is forced: elsewhere one that comes back finds everything written. */
const fencedWrites: Claim<Facts> = {
  id: "I8",
  sentence: "Nothing is written by a worker that has lost its partition",
  how: "the fence in each row, against the arrival numbers given by the database",
  comparison: "=",
  threshold: spec.fencedWritesMax,
  unit: "rows",
  guards: [arrivalByDatabase, guards.raced],
  look: findings.findFencedWrites,
};

const connections: Claim<Facts> = {
  id: "Q1",
  sentence: "A worker holds few connections to Postgres",
  how: "backends of each worker's own login, the busiest worker at its busiest look",
  comparison: "≤",
  threshold: spec.connectionsMax,
  unit: "connections",
  guards: [watched],
  look: findings.findConnections,
};

const held: Claim<Facts> = {
  id: "Q2",
  sentence: "A worker holds few messages: of each partition, what it was given and has not committed",
  how: "what was handed out to each worker, against the offsets committed at the same look",
  comparison: "≤",
  threshold: spec.inFlightPerPartitionMax,
  unit: "messages",
  guards: [handedOut],
  look: findHeld,
};

const redelivered: Claim<Facts> = {
  id: "Q3",
  sentence: "Little comes again: of a partition that begins anew, what was in flight",
  how: "what was handed out to each worker, in runs, against all that was handed out before",
  comparison: "≤",
  threshold: spec.redeliveredMax,
  unit: "messages",
  guards: [handedOut],
  look: findRedelivered,
};
