import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { Control } from "@weir/proof";
import type { Drill, DrillTier, RunEnd, Variant } from "../drill.ts";
import { breakHistory } from "./broken-histories.ts";
import { judgeControl, judgeHistory } from "./judge-control.ts";
import { planRun, type RunPlan } from "./plan-run.ts";

/** Only what could not be told is tried again: a run in which the fault met nobody says nothing about the checks. */
const triesMax = 3;

export interface GateRun extends RunEnd {
  /** Of the run's evidence. */
  readonly directory: string;
}

export interface GateOptions {
  /** One run of one variant, judged. */
  readonly run: (variant: Variant, plan: RunPlan) => Promise<GateRun>;
  /** What there is to run on. */
  readonly tiers: readonly DrillTier[];
  /** A line for people, after each control. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
}

export interface GateEnd {
  readonly controls: readonly Control[];
  /** What could not be run here, and why. */
  readonly skipped: readonly { readonly variant: string; readonly reason: string }[];
}

/**
 * Shows that each check can fail, and that it can hold: the stub must fail, the solution and what is right in another
 * way must hold, each mistake must falsify its named claim by witness, and a history that proves nothing must be unknown.
 */
export async function runGate(drill: Drill, options: GateOptions): Promise<GateEnd> {
  const controls: Control[] = [];
  const skipped: { variant: string; reason: string }[] = [];
  let history: string | undefined;
  const add = (control: Control): void => {
    controls.push(control);
    options.say(controlLine(control));
  };
  for (const variant of inOrder(drill.variants)) {
    if (options.signal.aborted) break;
    const plan = planRun(drill, variant);
    if (!options.tiers.includes(plan.tier)) {
      skipped.push({ variant: variant.name, reason: `needs the ${plan.tier} tier` });
      continue;
    }
    const { control, end } = await tryControl(variant, plan, options);
    add(control);
    if (variant.kind === "solution" && control.caught) history = path.join(end.directory, "history.ndjson");
  }
  if (history === undefined) {
    skipped.push({ variant: "empty-history", reason: "no run of the solution to make it from" });
    skipped.push({ variant: "truncated-history", reason: "no run of the solution to make it from" });
  } else for (const control of await historyControls(drill, history)) add(control);
  return { controls, skipped };
}

/** What is right first: where that fails, the rest says little. */
function inOrder(variants: readonly Variant[]): readonly Variant[] {
  const kinds: readonly Variant["kind"][] = ["solution", "right", "stub", "naive"];
  return kinds.flatMap((kind) => variants.filter((variant) => variant.kind === kind));
}

async function tryControl(
  variant: Variant,
  plan: RunPlan,
  { run, signal, say }: GateOptions,
): Promise<{ control: Control; end: GateRun }> {
  for (let tried = 1; ; tried += 1) {
    const end = await run(variant, plan);
    const control = judgeControl(variant, plan, end);
    if (control.caught || control.verdict !== "UNKNOWN" || tried === triesMax || signal.aborted)
      return { control, end };
    say(`… ${variant.name} could not be judged (${control.cause ?? "unknown"}): once more`);
  }
}

/** One control for each kind; of several cuts the first that is not unknown speaks. */
async function historyControls(drill: Drill, history: string): Promise<Control[]> {
  const folder = await mkdtemp(path.join(tmpdir(), "weir-gate-"));
  try {
    const all: Control[] = [];
    for (const { kind, file } of await breakHistory(history, folder)) {
      all.push(judgeHistory(kind, await drill.judgeAgain(file)));
    }
    const kinds = ["empty-history", "truncated-history"] as const;
    return kinds.flatMap((kind) => {
      const ofKind = all.filter((control) => control.kind === kind);
      return ofKind.find(({ caught }) => !caught) ?? ofKind.slice(0, 1);
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** `✓ commit-before-write       falsifies I6: FALSIFIED, partition 2: …` */
export function controlLine({ variant, expected, verdict, caught, witness, cause }: Control): string {
  const why = caught ? witness[0] : (cause ?? witness[0]);
  return `${caught ? "✓" : "✗"} ${variant.padEnd(22)} ${expected}: ${verdict}${why === undefined ? "" : `, ${why}`}`;
}
