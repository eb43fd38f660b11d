import type { WorkerFailure } from "./failure-sentence.ts";
import type { Phase } from "./work.ts";

/** How long a worker may take for each step. */
export interface Deadlines {
  /** To load its module. */
  readonly loadMs: number;
  readonly prepareMs: number;
  readonly startMs: number;
  /** From being asked to drain until its process has ended. */
  readonly drainMs: number;
  /** Without any sign of life: its event loop is blocked. */
  readonly silentMs: number;
}

const graceMs = 50;

const stepOf: Readonly<Partial<Record<Phase, Exclude<keyof Deadlines, "silentMs">>>> = {
  booting: "loadMs",
  loading: "loadMs",
  preparing: "prepareMs",
  starting: "startMs",
  draining: "drainMs",
};

/**
 * Waits for one worker, and says once when that has become too long. Silence counts from its first sign of life on; what
 * stands still by order is waited for.
 */
export class Patience {
  readonly #deadlines: Deadlines;
  readonly #onOver: (failure: WorkerFailure) => void;
  #step: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #isSuspended = false;
  #wasHeard = false;
  #phase: Phase | undefined;

  constructor(deadlines: Deadlines, onOver: (failure: WorkerFailure) => void) {
    this.#deadlines = deadlines;
    this.#onOver = onOver;
  }

  await(phase: Phase): void {
    // Asked to drain it has one deadline, whenever it gets to it.
    if (this.#phase === "draining") return;
    this.#phase = phase;
    this.#arm();
  }

  /** Any sign of life. */
  heard(): void {
    this.#wasHeard = true;
    this.#listen();
  }

  suspend(): void {
    this.#isSuspended = true;
    this.#disarm();
  }

  resume(): void {
    this.#isSuspended = false;
    this.#arm();
  }

  end(): void {
    this.suspend();
  }

  #arm(): void {
    this.#disarm();
    const phase = this.#phase;
    const step = phase === undefined ? undefined : stepOf[phase];
    if (phase === undefined || this.#isSuspended) return;
    this.#listen();
    if (step === undefined) return;
    const afterMs = this.#deadlines[step];
    this.#step = setTimeout(() => this.#onOver({ kind: "late", phase, afterMs }), afterMs);
  }

  #listen(): void {
    clearTimeout(this.#silence);
    if (this.#isSuspended || !this.#wasHeard) return;
    const { silentMs } = this.#deadlines;
    const isSilent = (): void => this.#onOver({ kind: "silent", afterMs: silentMs });
    this.#silence = setTimeout(() => {
      // What it said while we were busy ourselves is heard first.
      this.#silence = setTimeout(isSilent, graceMs);
    }, silentMs);
  }

  #disarm(): void {
    clearTimeout(this.#silence);
    clearTimeout(this.#step);
  }
}
