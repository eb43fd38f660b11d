import { spec } from "../../spec.ts";
import type { SampleRecord } from "../facts.ts";
import type { Worker } from "../worker.ts";
import { commitsOf, richest, shareOf, type Act, type Hands } from "./act.ts";

/** Writes are held up for a while, then one worker dies by SIGKILL, and one joins late. */
export function createKill(hands: Hands): Act {
  const { crew, screen } = hands;
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
        await holdWrites(hands);
      }
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
  const { crew, screen, recordDurably } = hands;
  const victim = richest(sample, hands);
  if (victim === undefined) return undefined;
  await crew.kill(victim.worker);
  screen.say(`SIGKILL to ${victim.worker.name}, which owned partitions ${victim.partitions.join(" ")}`);
  const partitions = await commitsOf(hands, victim.partitions);
  await recordDurably({ kind: "kill", worker: victim.worker.name, share: shareOf(sample, hands), partitions });
  return victim.worker;
}

/**
 * While nobody can write, a commit may pass only what is written already. Without the hold that is hardly ever seen: a
 * batch is on its way for a few milliseconds, and a commit that runs ahead of it is overtaken at once.
 */
async function holdWrites(hands: Hands): Promise<void> {
  const { table, topic, screen, recordDurably } = hands;
  const letGo = await table.hold();
  try {
    screen.say(`nobody can write for ${spec.holdMs} ms: commits must not run ahead`);
    await new Promise((resolve) => setTimeout(resolve, spec.holdMs));
    const [partitions, states, { settled }] = await Promise.all([commitsOf(hands), topic.partitions(), table.count()]);
    const waiting = states.reduce((sum, { high }) => sum + high, 0) - settled;
    await recordDurably({ kind: "hold", heldMs: spec.holdMs, waiting, partitions });
  } finally {
    await letGo();
  }
}
