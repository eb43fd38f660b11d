import type { Tally } from "../tally-reporter.ts";

/** What failed, one a line, and then two lines: `N skipped` with the reasons, `N passed, N failed`. */
export function lastLines({ passed, failed, skipped, failures }: Tally): string {
  const counts = new Map<string, number>();
  for (const { reason } of skipped) {
    const oneLine = reason.replaceAll(/\s+/g, " ").trim();
    counts.set(oneLine, (counts.get(oneLine) ?? 0) + 1);
  }
  const reasons = [...counts].map(([reason, count]) => (count === 1 ? reason : `${reason} (${count})`)).join("; ");
  return [
    ...(failures.length === 0 ? [] : ["", "Failed:", ...failures.map((failure) => `  ${failure}`)]),
    "",
    `${skipped.length} skipped${reasons === "" ? "" : `: ${reasons}`}`,
    `${passed} passed, ${failed} failed`,
  ].join("\n");
}
