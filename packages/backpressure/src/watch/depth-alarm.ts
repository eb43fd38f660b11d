export interface AlarmMarks {
  readonly highWater: number;
  readonly lowWater: number;
  readonly raiseAfterMs: number;
}

export type AlarmChange =
  | { readonly state: "raised"; readonly sinceMs: number }
  | { readonly state: "cleared"; readonly lastedMs: number };

/**
 * calm ── depth ≥ high water ──▶ rising ── still above low water after raiseAfterMs ──▶ raised ── depth ≤ low water ──▶ calm.
 * From rising, too, the low water leads back to calm, and nobody hears of it. Two marks, so that a depth that swings
 * around one of them is one alarm and not hundreds. Pure: it is told the depth and the time.
 */
export class DepthAlarm {
  #state: "calm" | "rising" | "raised" = "calm";
  #sinceMs = 0;

  get isRaised(): boolean {
    return this.#state === "raised";
  }

  /** Tells of a change, once. `sinceMs`: when the depth came to the high water. */
  look(depth: number, { highWater, lowWater, raiseAfterMs }: AlarmMarks, nowMs: number): AlarmChange | undefined {
    if (this.#state === "calm") {
      if (depth < highWater) return undefined;
      this.#state = "rising";
      this.#sinceMs = nowMs;
    }
    if (depth <= lowWater) {
      const wasRaised = this.isRaised;
      this.#state = "calm";
      return wasRaised ? { state: "cleared", lastedMs: nowMs - this.#sinceMs } : undefined;
    }
    if (this.isRaised || nowMs - this.#sinceMs < raiseAfterMs) return undefined;
    this.#state = "raised";
    return { state: "raised", sinceMs: this.#sinceMs };
  }
}
