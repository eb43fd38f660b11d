import { asWeirError, systemClock, type CancelTimer, type Clock } from "@weir/core";
import { refuseFaults } from "@weir/core/options";
import { identifier, type Database } from "@weir/postgres";
import { backpressureErrors } from "../backpressure-errors.ts";
import { rateNumbers, sharedRateNumbers } from "../option-rows.ts";
import { PermitQueue } from "./permit-queue.ts";
import type { RateLimit, RateLimitCounts } from "./rate-limit.ts";
import { bookSql, changeSql, makeSql } from "./rate-table.ts";
import { rateFaults, readSharedRate, type FullSharedRate, type SharedRate } from "./rate.ts";

export interface SharedRateLimitOptions extends SharedRate {
  /** The limit's name: all processes that give the same one share it. */
  readonly name: string;
  /** Stays open: it belongs to the caller. */
  readonly database: Database;
  /** Where {@link rateLimitMigrations} were applied. */
  readonly schema: string;
  readonly clock?: Clock;
}

export interface SharedRateLimit extends RateLimit {
  change(rate: SharedRate): Promise<void>;
}

const lateInRowMax = 5;

/** Permits of one round trip. Nobody may use them earlier, nor later: the window's promise hangs on both. */
interface Booking {
  readonly fromMs: number;
  readonly untilMs: number;
  left: number;
}

interface BookedRow {
  readonly booked: number;
  readonly wait_ms: number;
  readonly stale_max_ms: number;
  readonly at_once: number;
}

const others = ["name", "database", "schema", "clock"];

/**
 * A limit that all processes on one database share: one row, on the database's clock. The first one to use a name makes the
 * row; afterwards the row's rate counts, and {@link SharedRateLimit.change} changes it for all. Throws `invalid-options`.
 */
export function createSharedRateLimit(options: SharedRateLimitOptions): SharedRateLimit {
  const { name, database, schema, clock, ...rate } = options;
  const faults = rateFaults({ ...rateNumbers, ...sharedRateNumbers }, rate, others);
  if (typeof name !== "string" || name === "") faults.push("name: expected a name");
  if (typeof database?.query !== "function") faults.push("database: expected one that createDatabase made");
  if (typeof schema !== "string" || schema === "") faults.push("schema: expected a name");
  refuseFaults(faults);
  const table = identifier(schema, "rate_limits");
  return new PostgresRateLimit({ name, database, table, clock: clock ?? systemClock }, readSharedRate(rate));
}

interface Parts {
  readonly name: string;
  readonly database: Database;
  readonly table: string;
  readonly clock: Clock;
}

class PostgresRateLimit implements SharedRateLimit {
  readonly #parts: Parts;
  readonly #queue: PermitQueue;
  #rate: FullSharedRate;
  #atOnceMax: number;
  #booking: Booking | undefined;
  #isBooking = false;
  #cancelTimer: CancelTimer | undefined;
  #given = 0;
  #expired = 0;
  #roundTrips = 0;
  #lateInRow = 0;

  constructor(parts: Parts, rate: FullSharedRate) {
    this.#parts = parts;
    this.#rate = rate;
    this.#atOnceMax = rate.burst - Math.ceil((rate.staleMaxMs * rate.permits) / rate.perMs);
    this.#queue = new PermitQueue(parts.clock, () => this.#disarm());
  }

  get name(): string {
    return this.#parts.name;
  }

  get atOnceMax(): number {
    return this.#atOnceMax;
  }

  get counts(): RateLimitCounts {
    const { waiting, waitedMs } = this.#queue;
    return { given: this.#given, expired: this.#expired, waiting, waitedMs, roundTrips: this.#roundTrips };
  }

  take(max: number, signal?: AbortSignal): Promise<number> {
    if (signal?.aborted === true) return Promise.resolve(0);
    const waiting = this.#queue.wait(max, signal);
    this.#serve();
    return waiting;
  }

  async change(rate: SharedRate): Promise<void> {
    const full = readSharedRate(rate);
    await this.#send(changeSql, full);
    this.#rate = full;
  }

  /** Gives out what is booked; with nothing left, and somebody waiting, books. */
  #serve(): void {
    const { clock } = this.#parts;
    const nowMs = clock.nowMs();
    const booking = this.#booking;
    if (booking !== undefined && nowMs > booking.untilMs) {
      this.#expired += booking.left;
      this.#booking = undefined;
    } else if (booking !== undefined && nowMs >= booking.fromMs) {
      this.#queue.serve((max) => this.#give(booking, max));
      if (booking.left === 0) this.#booking = undefined;
    } else if (booking !== undefined) {
      this.#cancelTimer ??= clock.after(Math.ceil(booking.fromMs - nowMs), () => {
        this.#cancelTimer = undefined;
        this.#serve();
      });
      return;
    }
    if (this.#booking === undefined && this.#queue.waiting > 0 && !this.#isBooking) void this.#book();
  }

  #give(booking: Booking, max: number): number {
    const count = Math.min(max, booking.left);
    booking.left -= count;
    this.#given += count;
    return count;
  }

  async #book(): Promise<void> {
    const { clock, name } = this.#parts;
    this.#isBooking = true;
    try {
      // After this tick: calls that come together share a round trip.
      await Promise.resolve();
      const sentMs = clock.nowMs();
      const { booked, wait_ms: waitMs, stale_max_ms: staleMaxMs, at_once: atOnce } = await this.#bookRow();
      const answeredMs = clock.nowMs();
      this.#atOnceMax = atOnce;
      // The database read its clock between the two: from the later one they may be used for certain, from the earlier
      // one they have expired for certain. The two clocks need not agree.
      const wait = Math.max(0, waitMs);
      // Clocks show whole milliseconds, a little less than it is.
      const fromMs = wait === 0 ? answeredMs : answeredMs + wait + 1;
      this.#booking = { fromMs, untilMs: sentMs + wait + staleMaxMs, left: booked };
      // Once is a connection that had to be opened; so many times in a row is a database that is too slow for this limit.
      this.#lateInRow = answeredMs - sentMs > staleMaxMs ? this.#lateInRow + 1 : 0;
      if (this.#lateInRow >= lateInRowMax) {
        this.#lateInRow = 0;
        this.#queue.refuse(backpressureErrors.permitsTooLate(name, answeredMs - sentMs, staleMaxMs));
      }
    } catch (thrown) {
      this.#queue.refuse(asWeirError(thrown));
    } finally {
      this.#isBooking = false;
    }
    this.#serve();
  }

  async #bookRow(): Promise<BookedRow> {
    const { database, table, name } = this.#parts;
    for (;;) {
      this.#roundTrips += 1;
      const { rows } = await database.query<BookedRow>(bookSql(table), [name, Math.max(1, this.#queue.wanted)]);
      if (rows[0] !== undefined) return rows[0];
      await this.#send(makeSql, this.#rate);
    }
  }

  async #send(sql: (table: string) => string, rate: FullSharedRate): Promise<void> {
    const { database, table, name } = this.#parts;
    const { permits, perMs, burst, staleMaxMs } = rate;
    this.#roundTrips += 1;
    await database.query(sql(table), [name, permits, perMs, burst, staleMaxMs]);
  }

  #disarm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }
}
