import type { ServerControl } from "@weir/services";
import { spec } from "../../spec.ts";
import { allBut, shareOf, type Act, type Hands } from "./act.ts";

/** The broker dies and comes back, then the database: each by SIGKILL, away for a stated time. */
export function createRestart(hands: Hands): Act {
  const { say, record } = hands;
  let done = 0;
  let writtenBefore = -1;
  const restart = async (name: "kafka" | "postgres", server: ServerControl | undefined): Promise<void> => {
    const label = name === "kafka" ? "Kafka" : "Postgres";
    if (server !== undefined) {
      record({ kind: "fault", fault: `restart-${name}`, event: "began" });
      say(`${label} is killed, and away for ${spec.restartDownMs} ms`);
      await server.restart({ kill: true, downMs: spec.restartDownMs });
      record({ kind: "fault", fault: `restart-${name}`, event: "ended" });
      say(`${label} is there again`);
    } else say(`${label} is not ours to restart: what needs it stays unknown`);
    done += 1;
  };
  return {
    name: "restart",
    get publishShareMax() {
      return allBut(!this.isOver);
    },
    get isOver() {
      return done === 2;
    },
    async step(sample) {
      if (done === 0 && shareOf(sample, hands) >= spec.killAtShare) {
        await restart("kafka", hands.kafka);
        writtenBefore = sample.written;
      } else if (done === 1 && sample.written > writtenBefore) await restart("postgres", hands.postgres);
    },
    heal: () => Promise.resolve(),
  };
}
