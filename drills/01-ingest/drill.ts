import type { Drill } from "@weir/drill";
import { hints } from "./hints.ts";
import { judgeHistory } from "./proof/judge-history.ts";
import { runIngest } from "./proof/run.ts";
import { parameters, spec } from "./spec.ts";
import { variants } from "./variants.ts";

/** Drill 1: a Kafka topic into Postgres. */
export const drill: Drill = {
  number: 1,
  id: "01-ingest",
  name: "ingest",
  shows: "a Kafka topic into Postgres: nothing dropped, nothing invented",
  minutes: 1,
  folder: new URL("./", import.meta.url).href,
  parameters,
  faults: [
    { name: "kill", told: "one worker is killed, one joins late", tiers: ["memory", "real"] },
    { name: "none", told: "nothing is done to it", tiers: ["memory", "real"] },
    { name: "pause", told: "one worker is stopped beyond its session, and goes on", tiers: ["memory", "real"] },
    { name: "split", told: "one worker is cut off from Kafka, then from Postgres", tiers: ["real"] },
    { name: "restart", told: "Kafka dies and comes back, then Postgres", tiers: ["real"], needsOwnServers: true },
    { name: "storm", told: "workers join and leave all the time", tiers: ["real"] },
  ],
  firstLook: {
    fault: "kill",
    parameters: { messages: spec.memory.messages, partitions: spec.memory.partitions },
  },
  variants,
  hints,
  run: runIngest,
  judgeAgain: async (history) => (await judgeHistory(history)).claims,
};
