// The gate: shows of each check that it can fail, and that it can hold.
export { checkDrill } from "./check-drill.ts";
export type { CheckEnd, CheckOptions } from "./check-drill.ts";
export { controlsOf, writeControls } from "./controls-file.ts";
export { numbersOf, planRun } from "./plan-run.ts";
export type { RunPlan } from "./plan-run.ts";
export { controlLine, runGate } from "./run-gate.ts";
export type { GateEnd, GateOptions, GateRun } from "./run-gate.ts";
