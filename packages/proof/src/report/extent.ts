export interface Extent {
  readonly least: number;
  readonly most: number;
}

/** Of however many values: `Math.max(...values)` overflows the stack at some hundred thousand. Of none, infinite. */
export function extentOf(values: readonly number[]): Extent {
  let least = Infinity;
  let most = -Infinity;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  return { least, most };
}
