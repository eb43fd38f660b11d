import { spec } from "../../spec.ts";
import { longerThanSession, ownedByOthers, richest, shareOf, type Act, type Hands } from "./act.ts";

/** One worker is stopped (SIGSTOP) beyond its session, until others own what it owned, and then goes on. */
export function createPause(hands: Hands): Act {
  const { crew, screen, record } = hands;
  let stopped: ReturnType<typeof richest>;
  let sinceMs = 0;
  let isOver = false;
  const goOn = async (): Promise<void> => {
    if (stopped === undefined || isOver) return;
    isOver = true;
    await stopped.worker.goOn();
    record({ kind: "fault", fault: "pause", event: "ended", worker: stopped.worker.name });
    screen.say(`SIGCONT to ${stopped.worker.name}: others own its partitions by now`);
  };
  return {
    name: "pause",
    get restMayGo() {
      return this.isOver;
    },
    get isOver() {
      return isOver;
    },
    async step(sample) {
      if (stopped === undefined && shareOf(sample, hands) >= spec.killAtShare && crew.alive.length > 1) {
        stopped = richest(sample, hands);
        if (stopped === undefined) return;
        sinceMs = performance.now();
        await stopped.worker.stop();
        record({ kind: "fault", fault: "pause", event: "began", worker: stopped.worker.name });
        screen.say(`SIGSTOP to ${stopped.worker.name}, which owned partitions ${stopped.partitions.join(" ")}`);
      } else if (stopped !== undefined && longerThanSession(sinceMs)) {
        if (ownedByOthers(sample, stopped.worker.name, stopped.partitions)) await goOn();
      }
    },
    heal: goOn,
  };
}
