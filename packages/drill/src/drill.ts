import type { NumberOptions } from "@weir/core/options";
import type { JudgedClaim, Result, RunDirectory } from "@weir/proof";
import type { Services } from "@weir/services";

/** `memory`: the log lives in the judge's process, Postgres is real. `real`: Kafka too. */
export type DrillTier = "memory" | "real";

/** One answer to a drill: the solution, the learner's, a believable mistake, or another right one. */
export interface Variant {
  /** As after `--variant`: `solution`, `mine`, `commit-before-write`. */
  readonly name: string;
  readonly kind: "solution" | "mine" | "stub" | "naive" | "right";
  /** The module that exports `solution`: within the drill's folder, as `naive/commit-before-write.ts`. */
  readonly file: string;
  /** Naive: what one believes who writes this. Right: what it does differently. */
  readonly belief: string;
  /** Naive: the claim that it must falsify, by witness. */
  readonly falsifies?: string;
  /** The cheapest run that shows it; absent: the drill's default run on the memory tier. */
  readonly shownBy?: {
    readonly tier: DrillTier;
    readonly fault?: string;
    readonly parameters?: Readonly<Record<string, number>>;
  };
}

/** Three rungs for one claim that failed: a question, a direction, the mechanism. Never the code. */
export type Hint = readonly [question: string, direction: string, mechanism: string];

/** Where a board is drawn. */
export interface BoardLook {
  readonly columns: number;
  readonly color: boolean;
  readonly ascii: boolean;
}

/** How far a run is, at one moment. */
export interface Frame {
  /** For a terminal: lines that fit it. */
  readonly board: (look: BoardLook) => readonly string[];
  /** For everything else: one line. */
  readonly line: string;
}

export interface RunRequest {
  readonly variant: Variant;
  /** File URL of the module that exports `solution`. */
  readonly module: string;
  readonly tier: DrillTier;
  /** Open already; on the memory tier without Kafka. */
  readonly services: Services;
  /** Every parameter of the drill, seed included. */
  readonly numbers: Readonly<Record<string, number>>;
  readonly fault: string;
  readonly directory: RunDirectory;
  /** Of the repository, for commit and dirty flag. */
  readonly root: string;
  /** A line for people. */
  readonly say: (line: string) => void;
  /** Shows how far the run is. */
  readonly show: (frame: Frame) => void;
  /** Ctrl-C: heal, drain, answer with `why`. */
  readonly signal: AbortSignal;
}

export interface RunEnd {
  readonly result: Result;
  /** Why nothing was judged. */
  readonly why?: string;
}

/** Something that is done to a run. */
export interface DrillFault {
  readonly name: string;
  /** What happens, as a sentence without its full stop. */
  readonly told: string;
  readonly tiers: readonly DrillTier[];
  /** Kills servers: only ones that were started for this run. */
  readonly needsOwnServers?: boolean;
}

/** What a drill's package exports as `drill`: everything that the command line, the gate and the reports need. */
export interface Drill {
  readonly number: number;
  /** The folder under `drills/`, and under `proofs/`. */
  readonly id: string;
  readonly name: string;
  readonly shows: string;
  readonly minutes: number;
  /** The drill's folder, as a file URL that ends with a slash. */
  readonly folder: string;
  readonly parameters: NumberOptions;
  /** What can be done to the run, the default first. */
  readonly faults: readonly DrillFault[];
  /** What a run on the memory tier takes for its first verdict. */
  readonly firstLook: { readonly fault: string; readonly parameters: Readonly<Record<string, number>> };
  readonly variants: readonly Variant[];
  /** By the id of the claim that failed. */
  readonly hints: Readonly<Record<string, Hint>>;
  /** One run, judged; everything that it made in the services is removed. */
  run(request: RunRequest): Promise<RunEnd>;
  /** Judges a history once more, from nothing but the file. */
  judgeAgain(history: string): Promise<readonly JudgedClaim[]>;
}
