/** What a worker holds at this moment, in messages. Told by the worker: a picture, never evidence. */
export interface WorkerState {
  readonly inFlight: number;
  readonly settled: number;
}

/** How a worker ended. */
export interface WorkerReport extends WorkerState {
  readonly pulled: number;
  readonly released: number;
  readonly uncertain: number;
  /** Why it ended by itself. */
  readonly error?: { readonly code: string; readonly sentence: string };
}

export interface RunningWork {
  /** Resolves when the worker has ended, after a drain or by itself. */
  readonly finished: Promise<WorkerReport>;
  /** Takes in nothing more, brings what is in flight to its end, and answers within the deadline. */
  drain(deadlineMs: number): Promise<WorkerReport>;
  state(): WorkerState;
}

/** What a variant's module exports as `solution`. Each drill's contract says what its context holds. */
export interface Work<Context> {
  prepare(context: Context): Promise<void>;
  start(context: Context): Promise<RunningWork>;
}

/** How far a worker process has come: what is awaited of it. */
export type Phase = "booting" | "loading" | "preparing" | "starting" | "running" | "draining";
