export { runBench } from "./run-bench.ts";
export type { BenchDocument, BenchOptions, MeasuredCase, MeasuredFigure } from "./run-bench.ts";
export { benchText } from "./bench-text.ts";
export { benchSetNames } from "./bench-sets.ts";
export type { BenchSize, BenchSizeName, Target } from "./bench-case.ts";
