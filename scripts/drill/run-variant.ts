import { type Drill, type DrillTier, runDrill, type Variant } from "@weir/drill";
import { controlsOf, planRun } from "@weir/drill/gate";
import { openMine, rememberRun } from "@weir/drill/learner";
import { describeEnvironment } from "@weir/proof";
import { diagnose } from "@weir/services/doctor";
import { adviceOn, nextAfter } from "./after-a-run.ts";
import { parametersOf, type RunFlags } from "./drill-options.ts";
import { findVariant } from "./learner-commands.ts";
import { asTyped, type Places } from "./places.ts";

const say = (line: string): void => void process.stderr.write(`${line}\n`);

export interface DrillCommand {
  readonly drill: Drill;
  readonly flags: RunFlags;
  readonly places: Places;
}

/** Runs the solution, or the variant that was asked for. Answers with the exit code. */
export async function runVariant(command: DrillCommand): Promise<number> {
  const { drill, flags } = command;
  const variant = findVariant(drill, flags.variant ?? "solution");
  const module = new URL(variant.file, drill.folder).href;
  const { code } = await runOne(command, { variant, module, tier: tierOf(flags) });
  return code;
}

/** The learner's own: a first verdict on the memory tier, and where it holds there, the same on real servers. */
export async function runMine(command: DrillCommand): Promise<number> {
  const { drill, flags, places } = command;
  const mine = { drill, folder: places.mine };
  const { variant, module, file, isNew } = await openMine(mine);
  if (isNew)
    say(`${asTyped(file)} is yours, made from the exercise. What is asked: drills/${drill.id}/README.md, “Your task”`);
  const forced = tierOf(flags);
  for (const tier of forced === undefined ? (["memory", "real"] as const) : [forced]) {
    if (tier === "real" && forced === undefined && !(await canGoOn())) return 0;
    const { code, result, why, directory } = await runOne(command, { variant, module, tier });
    if (code === 130) return code;
    if (result !== undefined && directory !== undefined) {
      await rememberRun(mine, { result, directory: asTyped(directory), ...(why !== undefined && { why }) });
    }
    if (code !== 0) return code;
  }
  return 0;
}

/** SERVICES=memory says the same as `--tier memory`. */
function tierOf({ tier }: RunFlags): DrillTier | undefined {
  return tier ?? (process.env["SERVICES"] === "memory" ? "memory" : undefined);
}

async function canGoOn(): Promise<boolean> {
  const isReady = process.env["SERVICES"] === "external" || (await diagnose()).ready;
  say(
    isReady
      ? "\nIt holds on the memory tier. The same on real servers:"
      : "\nIt holds on the memory tier. For the same on real Kafka, `pnpm run doctor` says what is missing.",
  );
  return isReady;
}

interface Chosen {
  readonly variant: Variant;
  readonly module: string;
  readonly tier: DrillTier | undefined;
}

async function runOne(
  { drill, flags, places }: DrillCommand,
  { variant, module, tier }: Chosen,
): ReturnType<typeof runDrill> {
  const plan = planOf(drill, variant, tier);
  const { commit } = await describeEnvironment(places.root, {});
  return runDrill(drill, {
    root: places.root,
    proofs: places.proofs,
    variant,
    module,
    ...(plan.tier !== undefined && { tier: plan.tier }),
    ...((flags.fault ?? plan.fault) !== undefined && { fault: flags.fault ?? plan.fault }),
    numbers: { ...plan.parameters, ...parametersOf(drill, flags) },
    json: flags.json === true,
    controls: await controlsOf(places.proofs, drill.id, commit),
    advice: (end) => adviceOn(drill, end),
    next: ({ result }) => nextAfter(drill, variant, { places, result }),
  });
}

/** What is run where nothing else is asked for: the solution as the charter has it, a variant as it shows itself best. */
function planOf(drill: Drill, variant: Variant, tier: DrillTier | undefined): Partial<ReturnType<typeof planRun>> {
  const plan = planRun(drill, variant);
  const isOwn = variant.kind === "solution" || variant.kind === "mine";
  if (isOwn) return tier === "memory" ? { ...plan, tier } : { ...(tier !== undefined && { tier }) };
  return tier === undefined || tier === plan.tier ? plan : { tier };
}
