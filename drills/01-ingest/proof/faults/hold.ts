import { spec } from "../../spec.ts";
import type { HoldRecord } from "../facts.ts";
import { commitsOf, type Hands } from "./act.ts";

/** A place so far behind what was delivered is on nobody's way yet, and soon will be. More than one could hold up two batches. */
const aheadBy = 40;
const places = 1;

const pause = (delayMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, delayMs));

/**
 * While nobody can write, a commit may pass only what is written already. Without the hold that is hardly ever seen: a
 * batch is on its way for a few milliseconds, and a commit that runs ahead of it is overtaken at once.
 * The answer lets everybody write again.
 */
export async function holdTable(hands: Hands, onHeld: () => void): Promise<() => Promise<void>> {
  const { table, say, recordDurably } = hands;
  const letGo = await table.hold();
  try {
    onHeld();
    say(`nobody can write for ${spec.holdMs} ms: commits must not run ahead`);
    await pause(spec.holdMs);
    await recordDurably(await heldUp(hands, "table", spec.holdMs));
    return letGo;
  } catch (thrown) {
    await letGo();
    throw thrown;
  }
}

/**
 * One batch is held up, and others of its partition go on: whoever commits the highest offset that is done leaves the held
 * one below it. A table without a key for its origins lets everybody pass; then nothing is held, and nothing said.
 */
export async function holdRow(hands: Hands, [partition]: readonly number[], onHeld: () => void): Promise<void> {
  const { table, topic, observer, say, recordDurably } = hands;
  if (partition === undefined) return;
  const first = observer.nextOf(partition) + aheadBy;
  const offsets = Array.from({ length: places }, (_, i) => first + i);
  const letGo = await table.holdPlaces(topic.originOf(partition), offsets);
  onHeld();
  if (letGo === undefined) return;
  try {
    say(
      `offset ${first} of partition ${partition} cannot be written for ${spec.holdRowMs} ms: nothing may be committed past it`,
    );
    // From the moment at which somebody waits: on a busy machine the held offset is reached late.
    await until(async () => (await table.waiting()) > 0, spec.holdRowWaitMs);
    const isPassed = async (): Promise<boolean> =>
      (await table.writtenFrom(topic.originOf(partition), first + places)) > 0;
    await until(isPassed, spec.holdRowMs);
    await pause(2 * spec.commitIntervalMs);
    await recordDurably(await heldUp(hands, "row", spec.holdRowMs));
  } finally {
    await letGo();
  }
}

async function until(isSo: () => Promise<boolean>, waitMs: number): Promise<void> {
  for (const untilMs = performance.now() + waitMs; performance.now() < untilMs && !(await isSo());) await pause(20);
}

async function heldUp(hands: Hands, what: HoldRecord["what"], heldMs: number): Promise<HoldRecord> {
  const { table, topic } = hands;
  const [partitions, states, settled] = await Promise.all([commitsOf(hands), topic.partitions(), table.settled()]);
  const waiting = states.reduce((sum, { high }) => sum + high, 0) - settled;
  return { kind: "hold", what, heldMs, waiting, partitions };
}
