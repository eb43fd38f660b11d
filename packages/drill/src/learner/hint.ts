import type { Drill } from "../drill.ts";
import { readLastRun, rememberRung } from "./last-run.ts";
import { learnerErrors } from "./learner-errors.ts";

export interface HintFor {
  readonly drill: Drill;
  /** The folder that holds the learner's files of all drills. */
  readonly folder: string;
}

const rungNames = ["a question", "a direction", "the mechanism"] as const;

/**
 * The next rung for what failed in the learner's last run, as lines. Each call climbs one, and the last rung stays.
 *
 * @throws WeirError `no-run`
 */
export async function nextHint(mine: HintFor): Promise<readonly string[]> {
  const { drill } = mine;
  const run = `pnpm drill ${drill.number} --mine`;
  const state = await readLastRun(mine);
  if (state === undefined) throw learnerErrors.noRun(run);
  const [first] = state.failed;
  if (first === undefined) return [`Your last run held on the ${state.tier} tier: there is nothing to hint at.`];
  const failed = state.failed.find((id) => drill.hints[id] !== undefined);
  const hint = failed === undefined ? undefined : drill.hints[failed];
  if (failed === undefined || hint === undefined) {
    return [`There is no hint for ${first}. Look at the witness in ${state.directory}/report.html`];
  }
  const rung = Math.min((state.rungs[failed] ?? 0) + 1, hint.length);
  await rememberRung(mine, state, [failed, rung]);
  const about = failed === "start" ? "getting it to run" : failed;
  return [
    `Hint ${rung} of ${hint.length} on ${about}, ${rungNames[rung - 1]}:`,
    `  ${hint[rung - 1]}`,
    rung < hint.length
      ? `Try it (${run}), or climb one rung more: pnpm drill ${drill.number} --hint`
      : `That was the last rung. One answer, decision by decision: drills/${drill.id}/solution/README.md`,
  ];
}
