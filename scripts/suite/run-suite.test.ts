import { describe, expect, it } from "vitest";
import { totalOf } from "./run-suite.ts";
import { failuresOf } from "./run-turbo.ts";

const ran = { exitCode: 0, interrupted: false, failures: [] };
const green = { passed: 5, failed: 0, skipped: [], failures: [] };

const task = (taskId: string, exitCode: number | null) => ({ taskId, execution: { exitCode } });

describe("the sum of a run", () => {
  it("is the tests' own when nothing else failed", () => {
    expect(totalOf([], ran, green)).toEqual(green);
  });

  it("counts each failed task beside the failed tests", () => {
    const tally = { ...green, failed: 1, failures: ["a.test.ts > adds: failed"] };
    const total = totalOf(["lint: see its output above"], { ...ran, exitCode: 1 }, tally);
    expect(total.failures).toEqual(["lint: see its output above", "a.test.ts > adds: failed"]);
    expect(total.failed).toBe(2);
  });

  it("has at least one failed when the tests never ran", () => {
    expect(totalOf([], { ...ran, exitCode: 127 }, undefined)).toMatchObject({ passed: 0, failed: 1 });
  });

  it("has at least one failed when the run failed though no test did", () => {
    expect(totalOf([], { ...ran, exitCode: 1 }, green)).toMatchObject({ passed: 5, failed: 1 });
  });

  it("has at least one failed when no test passed", () => {
    expect(totalOf([], ran, { ...green, passed: 0 }).failed).toBe(1);
  });

  it("has at least one failed when it was interrupted", () => {
    expect(totalOf([], { ...ran, interrupted: true }, green).failed).toBe(1);
  });
});

describe("turbo's failed tasks", () => {
  it("are those of its summary that did not end with 0", () => {
    const tasks = [
      task("//#lint", 1),
      task("@weir/core#typecheck", 0),
      task("//#format", null),
      { taskId: "x", execution: null },
    ];
    expect(failuresOf(1, { tasks })).toEqual(["lint: see its output above", "format: see its output above"]);
  });

  it("are turbo itself when no task failed, or no summary came", () => {
    expect(failuresOf(1, { tasks: [task("//#lint", 0)] })).toEqual(["turbo ended with exit code 1"]);
    expect(failuresOf(127, undefined)).toEqual(["turbo ended with exit code 127"]);
    expect(failuresOf(0, undefined)).toEqual([]);
  });
});
