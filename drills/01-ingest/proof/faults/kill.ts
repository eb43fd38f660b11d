import type { Worker } from "@weir/drill";
import { spec } from "../../spec.ts";
import type { SampleRecord } from "../facts.ts";
import { allBut, commitsOf, richest, shareOf, type Act, type Hands } from "./act.ts";
import { holdRow, holdTable } from "./hold.ts";

/**
 *  a row cannot be written ─▶ nobody can write ─▶ all may: SIGKILL to one that has written and not committed ─▶ one joins late
 *  published: 20 %           30 %                80 %                                                         100 %
 *
 * Each step lets as much be published as it needs: a worker that is faster than the stream would have nothing in hand.
 */
export function createKill(hands: Hands): Act {
  const { crew, say, messages } = hands;
  let publishShareMax: number = spec.publishedBeforeHolds;
  let killed: Worker | undefined;
  let late: Worker | undefined;
  let isOver = false;

  const holdAndKill = async (sample: SampleRecord): Promise<void> => {
    const victim = richest(sample, hands);
    if (victim === undefined) return;
    killed = victim.worker;
    await holdRow(hands, victim.partitions, () => (publishShareMax = spec.publishedWithRowHeld));
    const letGo = await holdTable(hands, () => (publishShareMax = allBut(true)));
    hands.withhold?.(victim.worker.name);
    await letGo();
    await untilItHasWritten(hands, victim);
    await kill(hands, victim);
  };

  return {
    name: "kill",
    get publishShareMax() {
      return isOver ? 1 : publishShareMax;
    },
    get isOver() {
      return isOver;
    },
    async step(sample) {
      if (killed === undefined && shareOf(sample, hands) >= spec.holdAtShare) await holdAndKill(sample);
      if (late === undefined && sample.published / messages >= spec.joinAtShare) {
        late = crew.start();
        say(`${late.name} joins late`);
      }
      const owned = sample.members.find(({ worker }) => worker === late?.name)?.partitions.length ?? 0;
      isOver ||= owned > 0 && killed !== undefined;
    },
    heal: () => Promise.resolve(),
  };
}

type Victim = NonNullable<ReturnType<typeof richest>>;

/** What it had written and committed is read before anybody takes its partitions over. */
async function kill(hands: Hands, { worker, partitions: owned }: Victim): Promise<void> {
  const { crew, table, say, recordDurably, messages } = hands;
  await crew.kill(worker);
  say(`SIGKILL to ${worker.name}, which owned partitions ${owned.join(" ")}`);
  const [partitions, settled] = await Promise.all([commitsOf(hands, owned), table.settled()]);
  await recordDurably({ kind: "kill", worker: worker.name, share: settled / messages, partitions });
}

/** Between writing and committing is a moment. Where the judge holds the log, commits are held back, and it cannot be missed. */
async function untilItHasWritten({ topic, table }: Hands, { partitions }: Victim): Promise<void> {
  for (const untilMs = performance.now() + spec.killWindowMs; performance.now() < untilMs;) {
    for (const { partition, committed } of await topic.partitions()) {
      if (!partitions.includes(partition)) continue;
      if ((await table.writtenFrom(topic.originOf(partition), committed)) > 0) return;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
