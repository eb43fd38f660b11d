/** How much is measured. Counts are per repetition. */
export interface BenchSize {
  readonly messages: number;
  /** Repetitions that count, of each variant. */
  readonly rounds: number;
  /** Repetitions before them, which don't: the machine code is not there yet. */
  readonly warmUpRounds: number;
  /** Repetitions that count where servers are at work; there every repetition takes seconds. */
  readonly serverRounds: number;
  /** Records that go from Kafka to Postgres, per repetition. */
  readonly records: number;
  /** Pauses that are ended and timed. */
  readonly resumes: number;
}

export const benchSizes = {
  full: { messages: 1_000_000, rounds: 9, warmUpRounds: 1, serverRounds: 5, records: 300_000, resumes: 20 },
  quick: { messages: 100_000, rounds: 3, warmUpRounds: 1, serverRounds: 3, records: 30_000, resumes: 5 },
  tiny: { messages: 2_000, rounds: 2, warmUpRounds: 0, serverRounds: 1, records: 600, resumes: 2 },
} as const satisfies Readonly<Record<string, BenchSize>>;

export type BenchSizeName = keyof typeof benchSizes;

/** What a figure should be. Missing it is written down; it is never an error: the machine may be somebody else's too. */
export type Target =
  | { readonly atLeast: number; readonly aim?: number }
  | { readonly atMost: number; readonly aim?: number };

/** One number, as often as it was measured. Of these the median counts, unless `counts` says otherwise. */
export interface Figure {
  readonly name: string;
  /** Empty for a ratio. */
  readonly unit: string;
  readonly values: readonly number[];
  readonly counts?: "median" | "worst";
  readonly target?: Target;
}

export interface BenchCase {
  /** Cases of one set answer one question. */
  readonly set: string;
  readonly name: string;
  /** Does it need Postgres and Kafka? It opens servers of its own. */
  readonly needsServers: boolean;
  measure(size: BenchSize): Promise<readonly Figure[]>;
}
