import { asWeirError } from "@weir/core";
import { type Controls, describeEnvironment } from "@weir/proof";
import { openServices, type Services } from "@weir/services";
import type { Drill, DrillTier, Variant } from "../drill.ts";
import { runOnce } from "../run/run-once.ts";
import { writeControls } from "./controls-file.ts";
import { numbersOf, planRun, type RunPlan } from "./plan-run.ts";
import { type GateEnd, type GateRun, runGate } from "./run-gate.ts";

export interface CheckOptions {
  /** Of the repository. */
  readonly root: string;
  /** Where reports and `controls.json` go. */
  readonly proofs: string;
  /** Of the stream in every run. */
  readonly seed?: number;
  /** Only these, by name. Default: all variants. */
  readonly only?: readonly string[];
  /** SERVICES and its companions. Default `process.env`. */
  readonly environment?: NodeJS.ProcessEnv;
  /** A line for people. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface CheckEnd extends GateEnd {
  /** Of the controls, as `drill N` and the reports read them; only where all of them were run. */
  readonly file?: string;
}

/** The gate on servers that it opens: real Kafka only where a variant needs it and it is to be had. */
export async function checkDrill(drill: Drill, options: CheckOptions): Promise<CheckEnd> {
  const { root, proofs, say, signal, only } = options;
  const chosen = { ...drill, variants: drill.variants.filter(({ name }) => only?.includes(name) ?? true) };
  const { commit, isDirty } = await describeEnvironment(root, {});
  const services = await openFor(chosen, options);
  try {
    const tiers: readonly DrillTier[] = services.kafka === undefined ? ["memory"] : ["memory", "real"];
    const run = (variant: Variant, plan: RunPlan): Promise<GateRun> =>
      runControl(drill, { variant, plan, services, options });
    const end = await runGate(chosen, { run, tiers, say, signal });
    // Half a gate must not stand as the whole one, nor one of no commit.
    if (signal.aborted || only !== undefined || commit === null) return end;
    const ranAt = new Date().toISOString();
    const controls: Controls = { commit, dirty: isDirty, ranAt, controls: [...end.controls] };
    return { ...end, file: await writeControls(proofs, drill.id, controls) };
  } finally {
    await services.close();
  }
}

interface ControlRun {
  readonly variant: Variant;
  readonly plan: RunPlan;
  readonly services: Services;
  readonly options: CheckOptions;
}

/** Its evidence lies apart: the last twenty runs of a drill are those that somebody asked for. */
async function runControl(drill: Drill, { variant, plan, services, options }: ControlRun): Promise<GateRun> {
  const { root, proofs, signal, seed = 1 } = options;
  const end = await runOnce(drill, {
    root,
    variant,
    signal,
    services: plan.tier === "memory" ? withoutKafka(services) : services,
    proofs: `${proofs}/.controls`,
    module: new URL(variant.file, drill.folder).href,
    tier: plan.tier,
    fault: plan.fault,
    numbers: numbersOf(drill, plan.parameters, seed),
    say: () => {},
    show: () => {},
  });
  return { ...end, directory: end.directory.path };
}

function withoutKafka(services: Services): Services {
  const { tier, summary, postgres } = services;
  return { tier, summary, ...(postgres !== undefined && { postgres }), close: () => services.close() };
}

async function openFor(drill: Drill, { environment = process.env, say, signal }: CheckOptions): Promise<Services> {
  const open = (want: readonly ("postgres" | "kafka")[]): Promise<Services> =>
    openServices({ want, environment, report: say, signal });
  if (drill.variants.every((variant) => planRun(drill, variant).tier === "memory")) return open(["postgres"]);
  try {
    return await open(["postgres", "kafka"]);
  } catch (thrown) {
    const error = asWeirError(thrown);
    if (error.code !== "missing-tools" && error.code !== "absent-tier") throw thrown;
    say(`${error.message}\nWhat needs real Kafka is not run.`);
    return open(["postgres"]);
  }
}
