export interface Variant {
  readonly name: string;
  /** One repetition; answers with messages per second. */
  run(): Promise<number>;
}

export interface RoundsOptions {
  readonly rounds: number;
  readonly warmUpRounds: number;
}

/**
 * Runs all variants once a round, and answers with each one's values, in the order of the rounds. What slows the machine
 * down for a while slows them all: only values of the same round may be compared. Every round begins with another variant.
 */
export async function interleave(
  variants: readonly Variant[],
  { rounds, warmUpRounds }: RoundsOptions,
): Promise<ReadonlyMap<string, number[]>> {
  const values = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
  for (let round = -warmUpRounds; round < rounds; round += 1) {
    for (let place = 0; place < variants.length; place += 1) {
      const variant = variants[(place + round + warmUpRounds) % variants.length] as Variant;
      collectGarbage();
      const value = await variant.run();
      if (round >= 0) values.get(variant.name)?.push(value);
    }
  }
  return values;
}

/** Round by round. */
export function ratios(ours: readonly number[] = [], theirs: readonly number[] = []): number[] {
  return ours.map((value, round) => value / (theirs[round] as number));
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] as number)
    : ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2;
}

/** Without `--expose-gc` nothing happens: the garbage of one variant may then be paid for by the next. */
export function collectGarbage(): void {
  globalThis.gc?.();
}

export function perSecond(count: number, startedMs: number): number {
  return (count * 1_000) / (performance.now() - startedMs);
}
