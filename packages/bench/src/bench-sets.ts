import type { BenchCase } from "./bench-case.ts";
import { heapCases } from "./sets/heap.ts";
import { kafkaPostgresCases } from "./sets/kafka-postgres.ts";
import { orderCases } from "./sets/order.ts";
import { pipelineCases } from "./sets/pipeline.ts";
import { resumeCases } from "./sets/resume.ts";
import { timerLagCases } from "./sets/timer-lag.ts";

const cases: readonly BenchCase[] = [
  ...pipelineCases,
  ...orderCases,
  ...timerLagCases,
  ...heapCases,
  ...kafkaPostgresCases,
  ...resumeCases,
];

export const benchSetNames: readonly string[] = [...new Set(cases.map(({ set }) => set))];

export function casesOf(sets: readonly string[]): readonly BenchCase[] {
  return cases.filter(({ set }) => sets.includes(set));
}

export function findCase(set: string, name: string): BenchCase | undefined {
  return cases.find((each) => each.set === set && each.name === name);
}
