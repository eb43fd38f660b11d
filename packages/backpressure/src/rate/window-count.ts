/** The most that any window of this length holds, wherever it begins; both of its ends are in it. */
export function fullestWindow(timesMs: readonly number[], lengthMs: number): number {
  const sorted = timesMs.toSorted((a, b) => a - b);
  let first = 0;
  let most = 0;
  sorted.forEach((time, i) => {
    while (time - (sorted[first] as number) > lengthMs) first += 1;
    most = Math.max(most, i - first + 1);
  });
  return most;
}
