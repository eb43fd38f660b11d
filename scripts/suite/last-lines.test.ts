import { describe, expect, it } from "vitest";
import { lastLines } from "./last-lines.ts";

const skip = (reason: string) => ({ title: "a test", reason });

describe("the last two lines", () => {
  it("are the skips with their reasons, and the sums", () => {
    const skipped = [skip("no engine"), skip("no browser"), skip("no engine")];
    const lines = lastLines({ passed: 7, failed: 0, skipped, failures: [] }).split("\n");
    expect(lines.slice(-2)).toEqual(["3 skipped: no engine (2); no browser", "7 passed, 0 failed"]);
  });

  it("stay two when a reason has several lines", () => {
    const lines = lastLines({ passed: 1, failed: 0, skipped: [skip("no engine:\n  none\r\n")], failures: [] }).split(
      "\n",
    );
    expect(lines.slice(-2)).toEqual(["1 skipped: no engine: none", "1 passed, 0 failed"]);
  });

  it("come after what failed, one a line", () => {
    const failures = ["lint: see its output above", "a.test.ts > adds: failed"];
    const lines = lastLines({ passed: 1, failed: 2, skipped: [], failures }).split("\n");
    expect(lines).toEqual([
      "",
      "Failed:",
      ...failures.map((line) => `  ${line}`),
      "",
      "0 skipped",
      "1 passed, 2 failed",
    ]);
  });
});
