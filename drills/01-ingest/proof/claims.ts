import type { Claim, Guard } from "@weir/proof";
import { spec } from "../spec.ts";
import type { Facts } from "./facts.ts";
import * as findings from "./findings.ts";
import { guards } from "./guards.ts";

const { published, written, allKindsBad, killedMidStream, writtenNotCommitted, joinedLate } = guards;
const { arrivalByDatabase, watched, endSeen } = guards;
/** What every claim about messages needs: that there were some, and that the faults really happened to them. */
const underFaults: readonly Guard<Facts>[] = [published, written, killedMidStream, writtenNotCommitted, joinedLate];

/** The claims of drill 1. Their ids stand in the README; their thresholds in `spec.ts`. */
export const claims: readonly Claim<Facts>[] = [
  {
    id: "I1",
    sentence: "Nothing is lost: every valid message has its row",
    how: "what was published and read back, against the table",
    comparison: "≤",
    threshold: spec.lostMax,
    unit: "messages",
    guards: underFaults,
    look: findings.findLost,
  },
  {
    id: "I2",
    sentence: "Nothing is invented: every row is explained by the message at its origin",
    how: "each row against the topic, contents by digest",
    comparison: "≤",
    threshold: spec.inventedMax,
    unit: "rows",
    guards: underFaults,
    look: findings.findInvented,
  },
  {
    id: "I3",
    sentence: "Nothing is doubled: no message has its effect twice",
    how: "rows of equal contents, against the copies in the topic",
    comparison: "≤",
    threshold: spec.doubledMax,
    unit: "rows",
    guards: underFaults,
    look: findings.findDoubled,
  },
  {
    id: "I4",
    sentence: "Order per key is kept",
    how: "arrival numbers given by the database, against offsets",
    comparison: "≤",
    threshold: spec.outOfOrderMax,
    unit: "rows",
    guards: [...underFaults, arrivalByDatabase],
    look: findings.findOutOfOrder,
  },
  {
    id: "I5",
    sentence: "What is set aside is what was bad, with its reason and its bytes",
    how: "dead letters against the bad records that were published",
    comparison: "≤",
    threshold: spec.setAsideDifferenceMax,
    unit: "differences",
    guards: [...underFaults, allKindsBad],
    look: findings.findSetAsideDifferences,
  },
  {
    id: "I6",
    sentence: "Written before committed: at the kill, no committed offset was unwritten",
    how: "the victim's committed offsets against the table, before anybody took over",
    comparison: "≤",
    threshold: spec.committedAheadMax,
    unit: "offsets",
    guards: [killedMidStream, writtenNotCommitted],
    look: findings.findCommittedAhead,
  },
  {
    id: "S1",
    sentence: "The lag comes back to its baseline",
    how: "committed offsets against the end of the log, when the workers had stopped",
    comparison: "≤",
    threshold: spec.lagAtEndMax,
    unit: "messages",
    guards: [...underFaults, endSeen],
    look: findings.findLagAtEnd,
  },
  {
    id: "S2",
    sentence: "No rebalance is unexplained: nobody joins the group but the processes that were started",
    how: "member ids of the group against processes started",
    comparison: "≤",
    threshold: spec.unexplainedMembersMax,
    unit: "members",
    guards: [watched, joinedLate],
    look: findings.findUnexplainedMembers,
  },
  {
    id: "Q1",
    sentence: "A worker holds few connections to Postgres",
    how: "backends that are not the judge's, at the busiest look",
    comparison: "≤",
    threshold: spec.connectionsMax,
    unit: "connections",
    guards: [watched],
    look: findings.findConnections,
  },
];
