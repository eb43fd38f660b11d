import type { CancelTimer, Clock } from "./clock.ts";
import { sweepsPerDeadline, type HandlerSlot } from "./handler-slot.ts";

export interface SweepOptions {
  readonly deadlineMs: number;
  readonly slots: readonly HandlerSlot[];
  readonly onLate: (slot: HandlerSlot) => void;
  /** Is anybody at work, so that it is worth looking again? */
  readonly isNeeded: () => boolean;
}

/** One timer for the whole stage, at an eighth of the deadline; a timer per message costs a third of the speed. */
export class Sweep {
  readonly #clock: Clock;
  readonly #options: SweepOptions;
  #cancel: CancelTimer | null = null;

  constructor(clock: Clock, options: SweepOptions) {
    this.#clock = clock;
    this.#options = options;
  }

  arm(): void {
    if (this.#cancel !== null) return;
    const { deadlineMs, slots, onLate, isNeeded } = this.#options;
    this.#cancel = this.#clock.after(Math.ceil(deadlineMs / sweepsPerDeadline), () => {
      this.#cancel = null;
      for (const slot of slots.filter((each) => each.isLate())) onLate(slot);
      if (isNeeded()) this.arm();
    });
  }

  stop(): void {
    this.#cancel?.();
  }
}
