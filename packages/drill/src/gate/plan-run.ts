import type { Drill, DrillTier, Variant } from "../drill.ts";

export interface RunPlan {
  readonly tier: DrillTier;
  readonly fault: string;
  readonly parameters: Readonly<Record<string, number>>;
}

/** The cheapest run that shows what a variant is: the one that it names, else the drill's first look. */
export function planRun(drill: Drill, { kind, shownBy }: Variant): RunPlan {
  const { firstLook } = drill;
  if (shownBy === undefined) return { tier: "memory", ...firstLook };
  const { tier, fault = firstLook.fault, parameters } = shownBy;
  // What is right must hold where every mistake is told, and so under the run that tells most.
  if (kind === "naive" && tier === "real") return { tier, fault, parameters: parameters ?? {} };
  return { tier, fault, parameters: { ...firstLook.parameters, ...parameters } };
}

/** Every parameter of the drill: its defaults, and what the plan changes. */
export function numbersOf(
  { parameters }: Drill,
  changed: Readonly<Record<string, number>>,
  seed: number,
): Readonly<Record<string, number>> {
  const defaults = Object.entries(parameters).flatMap(([name, row]) =>
    row.default === undefined ? [] : [[name, row.default] as const],
  );
  return { ...Object.fromEntries(defaults), ...changed, ...("seed" in parameters && { seed }) };
}
