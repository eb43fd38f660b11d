import { spec } from "../../spec.ts";
import type { SampleRecord } from "../facts.ts";
import type { Worker } from "../worker.ts";
import { richest, shareOf, type Act, type Hands } from "./act.ts";

/** One worker dies by SIGKILL, and one joins late. */
export function createKill(hands: Hands): Act {
  const { crew, screen } = hands;
  let killed: Worker | undefined;
  let late: Worker | undefined;
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
      if (killed === undefined && shareOf(sample, hands) >= spec.killAtShare) killed = await kill(hands, sample);
      if (late === undefined && sample.published / hands.messages >= spec.joinAtShare) {
        late = crew.start();
        screen.say(`${late.name} joins late`);
      }
      const owned = sample.members.find(({ worker }) => worker === late?.name)?.partitions.length ?? 0;
      isOver ||= owned > 0 && killed !== undefined;
    },
    heal: () => Promise.resolve(),
  };
}

/** The one that owns most. What it had written and committed is read before anybody takes its partitions over. */
async function kill(hands: Hands, sample: SampleRecord): Promise<Worker | undefined> {
  const { crew, topic, table, screen, recordDurably } = hands;
  const victim = richest(sample, hands);
  if (victim === undefined) return undefined;
  await crew.kill(victim.worker);
  screen.say(`SIGKILL to ${victim.worker.name}, which owned partitions ${victim.partitions.join(" ")}`);
  const states = await topic.partitions();
  const owned = states.filter(({ partition }) => victim.partitions.includes(partition));
  const partitions = await Promise.all(
    owned.map(async ({ partition, committed }) => {
      return { partition, committed, ...(await table.around(topic.originOf(partition), committed)) };
    }),
  );
  await recordDurably({ kind: "kill", worker: victim.worker.name, share: shareOf(sample, hands), partitions });
  return victim.worker;
}
