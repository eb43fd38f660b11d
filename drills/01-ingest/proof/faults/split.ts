import { spec } from "../../spec.ts";
import type { SampleRecord } from "../facts.ts";
import { allBut, longerThanSession, ownedByOthers, shareOf, type Act, type Hands } from "./act.ts";

const cutOff = "worker-1";

const partitionsOf = (sample: SampleRecord): readonly number[] =>
  sample.members.find(({ worker }) => worker === cutOff)?.partitions ?? [];

type Phase = "before" | "from-kafka" | "back" | "from-postgres" | "over";

/**
 *  before ─▶ cut off from Kafka ─▶ back in the group ─▶ cut off from Postgres ─▶ over
 *
 * Each cut lasts longer than the session timeout; the first one until others own its partitions. worker-1 alone is cut off.
 */
export function createSplit(hands: Hands): Act {
  const { say, record } = hands;
  let phase: Phase = "before";
  let sinceMs = 0;
  let owned: readonly number[] = [];

  const faults = () => {
    if (hands.detour === undefined) throw new Error("a split needs a detour");
    return hands.detour;
  };
  const cut = async (from: "kafka" | "postgres"): Promise<void> => {
    await faults()[from].cut();
    sinceMs = performance.now();
    phase = from === "kafka" ? "from-kafka" : "from-postgres";
    record({ kind: "fault", fault: `split-${from}`, event: "began", worker: cutOff });
    say(`${cutOff} is cut off from ${from === "kafka" ? "Kafka" : "Postgres"}`);
  };
  const mend = async (from: "kafka" | "postgres"): Promise<void> => {
    await faults()[from].heal();
    phase = from === "kafka" ? "back" : "over";
    record({ kind: "fault", fault: `split-${from}`, event: "ended", worker: cutOff });
    say(`${cutOff} reaches ${from === "kafka" ? "Kafka" : "Postgres"} again`);
  };

  return {
    name: "split",
    get publishShareMax() {
      return allBut(phase !== "from-postgres" && phase !== "over");
    },
    get isOver() {
      return phase === "over";
    },
    async step(sample) {
      if (phase === "before" && shareOf(sample, hands) >= spec.killAtShare && partitionsOf(sample).length > 0) {
        owned = partitionsOf(sample);
        await cut("kafka");
      } else if (phase === "from-kafka" && longerThanSession(hands, sinceMs)) {
        if (ownedByOthers(sample, cutOff, owned)) await mend("kafka");
      } else if (phase === "back" && partitionsOf(sample).length > 0) {
        await cut("postgres");
      } else if (phase === "from-postgres" && longerThanSession(hands, sinceMs)) {
        await mend("postgres");
      }
    },
    heal: async () => {
      if (phase === "from-kafka") await mend("kafka");
      if (phase === "from-postgres") await mend("postgres");
    },
  };
}
