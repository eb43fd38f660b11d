import { spec } from "../../spec.ts";
import { allBut, longerThanSession, ownedByOthers, richest, shareOf, type Act, type Hands } from "./act.ts";

/** How long the judge waits for the worker that came back to ask for the table. */
const comeBackMs = 10_000;

/**
 *  SIGSTOP ─▶ nobody can write ─▶ others own its partitions, and wait to write ─▶ SIGCONT ─▶ it waits, too ─▶ all may write
 *
 * So the worker that comes back asks to write while its heirs do. Who of them is first when the table is free, the database
 * decides: a missing fence was seen in 2 of 6 runs, and one that is seen is always a missing fence.
 */
export function createPause(hands: Hands): Act {
  const { crew, table, say, record } = hands;
  let stopped: ReturnType<typeof richest>;
  let letGo: (() => Promise<void>) | undefined;
  let sinceMs = 0;
  let isOver = false;

  const stop = async (victim: NonNullable<typeof stopped>): Promise<void> => {
    stopped = victim;
    sinceMs = performance.now();
    await victim.worker.stop();
    record({ kind: "fault", fault: "pause", event: "began", worker: victim.worker.name });
    say(`SIGSTOP to ${victim.worker.name}, which owned partitions ${victim.partitions.join(" ")}`);
    letGo = await table.hold();
  };

  const goOn = async (): Promise<void> => {
    if (stopped === undefined || isOver) return;
    isOver = true;
    const heirs = await table.waiting();
    await stopped.worker.goOn();
    record({ kind: "fault", fault: "pause", event: "ended", worker: stopped.worker.name });
    say(`SIGCONT to ${stopped.worker.name}: others own its partitions by now`);
    const back = await untilMoreWait(heirs);
    record({ kind: "race", heirs, back });
    await letGo?.();
  };

  /** How many more than the heirs wait for the table, as soon as it is one; 0 if nobody came in time. */
  const untilMoreWait = async (heirs: number): Promise<number> => {
    for (const untilMs = performance.now() + comeBackMs; performance.now() < untilMs;) {
      const more = (await table.waiting()) - heirs;
      if (more > 0) return more;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return 0;
  };

  return {
    name: "pause",
    get publishShareMax() {
      return allBut(!this.isOver);
    },
    get isOver() {
      return isOver;
    },
    async step(sample) {
      if (stopped === undefined && shareOf(sample, hands) >= spec.killAtShare && crew.alive.length > 1) {
        const victim = richest(sample, hands);
        if (victim !== undefined) await stop(victim);
      } else if (stopped !== undefined && longerThanSession(hands, sinceMs)) {
        const isInherited = ownedByOthers(sample, stopped.worker.name, stopped.partitions);
        if (isInherited && (await table.waiting()) > 0) await goOn();
      }
    },
    heal: goOn,
  };
}
