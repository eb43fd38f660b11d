import type { Worker } from "@weir/drill";
import { spec } from "../../spec.ts";
import type { SampleRecord } from "../facts.ts";
import { commitsOf, richest, shareOf, type Act, type Hands } from "./act.ts";
import { holdRow, holdTable } from "./hold.ts";

/** Writes are held up for a while, then one worker dies by SIGKILL, and one joins late. */
export function createKill(hands: Hands): Act {
  const { crew, say } = hands;
  let killed: Worker | undefined;
  let late: Worker | undefined;
  let isHeld = false;
  let isOver = false;
  return {
    name: "kill",
    get restMayGo() {
      return this.isOver;
    },
    get isOver() {
      return isOver;
    },
    async step(sample) {
      if (!isHeld && shareOf(sample, hands) >= spec.holdAtShare) {
        isHeld = true;
        await holdRow(hands, sample);
        await holdTable(hands);
      } else if (killed === undefined && shareOf(sample, hands) >= spec.killAtShare) {
        killed = await kill(hands, sample);
      }
      if (late === undefined && sample.published / hands.messages >= spec.joinAtShare) {
        late = crew.start();
        say(`${late.name} joins late`);
      }
      const owned = sample.members.find(({ worker }) => worker === late?.name)?.partitions.length ?? 0;
      isOver ||= owned > 0 && killed !== undefined;
    },
    heal: () => Promise.resolve(),
  };
}

/** The one that owns most. What it had written and committed is read before anybody takes its partitions over. */
async function kill(hands: Hands, sample: SampleRecord): Promise<Worker | undefined> {
  const { crew, say, recordDurably } = hands;
  const victim = richest(sample, hands);
  if (victim === undefined) return undefined;
  await untilItWrites(hands, victim);
  await crew.kill(victim.worker);
  say(`SIGKILL to ${victim.worker.name}, which owned partitions ${victim.partitions.join(" ")}`);
  const partitions = await commitsOf(hands, victim.partitions);
  await recordDurably({ kind: "kill", worker: victim.worker.name, share: shareOf(sample, hands), partitions });
  return victim.worker;
}

/** Between writing and committing is a moment. Where the judge holds the log, the moment lasts until something was written. */
async function untilItWrites(
  hands: Hands,
  { worker, partitions }: NonNullable<ReturnType<typeof richest>>,
): Promise<void> {
  if (hands.withhold === undefined) return;
  hands.withhold(worker.name);
  for (const untilMs = performance.now() + spec.killWindowMs; performance.now() < untilMs;) {
    const commits = await commitsOf(hands, partitions);
    if (commits.some(({ writtenNotCommitted }) => writtenNotCommitted > 0)) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
