// A result for the tests of this package.
import { isDeepStrictEqual } from "node:util";
import type { Control, Controls } from "./control.ts";
import type { JudgedClaim } from "./judge.ts";
import { composeResult, type Result, type ResultFacts, type Series, type Story } from "./result.ts";
import type { Verdict } from "./verdict.ts";

export const holds: Verdict = { kind: "HOLDS", seen: 0, n: 36_000, isClose: false };
export const close: Verdict = { kind: "HOLDS", seen: 62, n: 240, isClose: true };
export const falsified: Verdict = {
  kind: "FALSIFIED",
  seen: 2,
  n: 36_000,
  witness: ["message 7 has no row", "so has 9"],
};
export const unknown: Verdict = { kind: "UNKNOWN", cause: "not reached: a worker died (0, at least 1)" };

const guard = { id: "published", sentence: "messages were published", min: 1, reached: 36_000 };

export function sampleClaim(id: string, verdict: Verdict): JudgedClaim {
  const isClose = isDeepStrictEqual(verdict, close);
  return {
    id,
    sentence: isClose ? "In flight stays at or under 64" : `Nothing is lost in ${id}`,
    how: isClose ? "sampled each 100 ms" : "topic held against the table",
    comparison: isClose ? "≤" : "=",
    threshold: isClose ? 64 : 0,
    unit: "messages",
    guards: [guard],
    verdict,
  };
}

export const lag: Series = {
  id: "lag",
  title: "Lag",
  unit: "messages",
  points: [
    [0, 0],
    [1, 400],
    [2, null],
    [3, 7200],
    [4, 12],
  ],
  bound: 8000,
};

export const naiveControl: Control = {
  variant: "commit-before-write",
  kind: "naive",
  belief: "Commit first, then nothing is done twice",
  expected: "falsifies I1",
  falsifies: "I1",
  verdict: "FALSIFIED",
  caught: true,
  tier: "memory",
  fault: "kill",
  witness: ["orders-1 offset 48 was committed at 2.1 s", "worker-2 was killed at 2.2 s", "no row for it at the end"],
};

export const controlsOfSample: Controls = {
  commit: "4f2c9aa01b7d",
  dirty: false,
  ranAt: "2026-11-24T08:12:00.000Z",
  controls: [
    { ...naiveControl, variant: "exercise", kind: "stub", expected: "fails", verdict: "CRASHED" },
    { ...naiveControl, variant: "solution", kind: "solution", expected: "holds", verdict: "HOLDS", witness: [] },
    naiveControl,
  ],
};

export const sampleStory: Story = {
  title: "orders-1, offset 48: delivered twice, one row",
  events: [
    { atMs: 2_010, who: "worker-2", what: "pulls it" },
    { atMs: 2_034, who: "worker-2", what: "writes its row" },
    { atMs: 2_041, who: "the judge", what: "kills worker-2 before it commits" },
    { atMs: 8_120, who: "worker-3", what: "pulls it again" },
    { atMs: 8_190, who: "worker-3", what: "finds its row and settles it" },
  ],
};

export function sampleResult(claims: readonly JudgedClaim[], changes: Partial<ResultFacts> = {}): Result {
  return composeResult({
    drill: "00-tiny",
    title: "numbers through a pipe",
    variant: "solution",
    tier: "embedded",
    services: "Postgres embedded",
    seed: 71,
    parameters: { messages: 36_000 },
    claims,
    figures: [
      { label: "Published", value: "36,000" },
      { label: "Delivered again", value: "214", note: "after the kill" },
    ],
    series: [
      lag,
      {
        id: "busy",
        title: "Busy",
        unit: "/s",
        points: [
          [0, 1],
          [4, 2],
        ],
        isToldByWorkers: true,
      },
    ],
    marks: [
      { label: "worker-2 killed", fromS: 1, toS: 2.5 },
      { label: "worker-3 joins", fromS: 3, toS: 3 },
    ],
    notShown: ["What more than one broker would do."],
    environment: {
      commit: "4f2c9aa01b7d",
      isDirty: true,
      node: "24.21.0",
      system: "linux x64",
      cores: 2,
      memoryGiB: 24,
      versions: { Postgres: "18.4" },
    },
    startedAt: "2026-11-24T08:31:12.417Z",
    wallMs: 41_873,
    rerun: "pnpm drill 0 --seed 71",
    ...changes,
  });
}
