import { publishIdempotency } from "./idempotency-events.ts";
import { renewLeaseStatement, takeLeaseStatement } from "./outbox-table.ts";
import type { RelaySettings } from "./relay-options.ts";

/**
 * One relay's hold on the outbox.
 *
 *  waiting ── the lease has run out, and this one was first ──▶ held ── another has taken it, or given back ──▶ waiting
 *
 * That it ran out by itself changes nothing: it is held until somebody takes it, and renewed before the next send.
 */
export class RelayLease {
  readonly #settings: RelaySettings;
  readonly #take: string;
  readonly #renew: string;
  #fence: number | null = null;
  #renewedMs = 0;

  constructor(settings: RelaySettings) {
    this.#settings = settings;
    this.#take = takeLeaseStatement(settings.schema);
    this.#renew = renewLeaseStatement(settings.schema);
  }

  /** Under which this relay reads and marks; null: another one relays, or nobody. */
  get fence(): number | null {
    return this.#fence;
  }

  /** Takes it if it is free, renews it if a third has gone by. True: held, and for at least two thirds of its time. */
  async ensure(): Promise<boolean> {
    const { clock, leaseMs } = this.#settings;
    const nowMs = clock.nowMs();
    if (this.#fence !== null && nowMs - this.#renewedMs < leaseMs / 3) return true;
    const isHeld = this.#fence === null ? await this.#takeOver() : await this.#extend(this.#fence, leaseMs);
    // Counted from before the statement: by the database's clock it lasts at least as long.
    if (isHeld) this.#renewedMs = nowMs;
    return isHeld;
  }

  /** Another relay was found to have taken it. */
  lost(): void {
    if (this.#fence === null) return;
    publishIdempotency("lease", { relay: this.#settings.name, state: "lost", fence: this.#fence });
    this.#fence = null;
  }

  /** Lets the next relay begin at once. */
  async giveBack(): Promise<void> {
    if (this.#fence === null) return;
    await this.#extend(this.#fence, 0);
    this.#fence = null;
  }

  async #takeOver(): Promise<boolean> {
    const { database, name, leaseMs } = this.#settings;
    const { rows } = await database.query<{ fence: string }>(this.#take, [name, leaseMs]);
    if (rows[0] === undefined) return false;
    this.#fence = Number(rows[0].fence);
    publishIdempotency("lease", { relay: name, state: "taken", fence: this.#fence });
    return true;
  }

  async #extend(fence: number, forMs: number): Promise<boolean> {
    const { rows } = await this.#settings.database.query(this.#renew, [fence, forMs]);
    if (rows.length === 0) this.lost();
    return rows.length > 0;
  }
}
