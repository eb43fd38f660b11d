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

/** Waits for one worker, and says once when that has become too long. What stands still by order is waited for. */
export class Patience {
  readonly #deadlines: Deadlines;
  readonly #onOver: (failure: WorkerFailure) => void;
  #step: NodeJS.Timeout | undefined;
  #silence: NodeJS.Timeout | undefined;
  #isSuspended = false;
  #phase: Phase = "booting";

  constructor(deadlines: Deadlines, onOver: (failure: WorkerFailure) => void) {
    this.#deadlines = deadlines;
    this.#onOver = onOver;
    this.await("booting");
  }

  await(phase: Phase): void {
    // Asked to drain it has one deadline, whenever it gets the message.
    if (this.#phase === "draining" || this.#isSuspended) return;
    this.#phase = phase;
    clearTimeout(this.#step);
    const step = stepOf[phase];
    const afterMs = step === undefined ? undefined : this.#deadlines[step];
    if (afterMs !== undefined) this.#step = setTimeout(() => this.#onOver({ kind: "late", phase, afterMs }), afterMs);
    this.heard();
  }

  /** Any sign of life. */
  heard(): void {
    clearTimeout(this.#silence);
    if (this.#isSuspended) return;
    const { silentMs } = this.#deadlines;
    const isSilent = (): void => this.#onOver({ kind: "silent", afterMs: silentMs });
    this.#silence = setTimeout(() => {
      // What it said while we were busy ourselves is heard first.
      this.#silence = setTimeout(isSilent, graceMs);
    }, silentMs);
  }

  suspend(): void {
    this.#isSuspended = true;
    clearTimeout(this.#silence);
    clearTimeout(this.#step);
  }

  resume(): void {
    this.#isSuspended = false;
    this.await(this.#phase);
  }

  end(): void {
    this.suspend();
  }
}
