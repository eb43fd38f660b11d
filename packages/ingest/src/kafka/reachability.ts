import type { Clock } from "@weir/core";
import { publishKafka } from "./kafka-events.ts";

/** Is Kafka there? Said once per change. */
export class Reachability {
  readonly #source: string;
  readonly #clock: Clock;
  #downSinceMs: number | null = null;

  constructor(source: string, clock: Clock) {
    this.#source = source;
    this.#clock = clock;
  }

  failed(reason: string): void {
    if (this.#downSinceMs !== null) return;
    this.#downSinceMs = this.#clock.nowMs();
    publishKafka("down", { source: this.#source, reason });
  }

  answered(): void {
    if (this.#downSinceMs === null) return;
    const downMs = this.#clock.nowMs() - this.#downSinceMs;
    this.#downSinceMs = null;
    publishKafka("up", { source: this.#source, downMs });
  }
}
