import { asWeirError, systemClock } from "@weir/core";
import { refuseFaults } from "@weir/core/options";
import type { Clock, WeirError } from "@weir/core";
import type { Database } from "./database.ts";
import { postgresErrors } from "./postgres-errors.ts";

const firstDelayMs = 100;
const delayMsMax = 2_000;

export interface DatabaseState {
  readonly state: "down" | "up";
  /** Code of the error that made it `down`. */
  readonly reason: string;
  /** How long it has been away, in milliseconds; 0 when it goes down. */
  readonly downMs: number;
}

export interface WaitOptions {
  /** How long to try. Too low: a server that starts is given up. Too high: a wrong address is noticed late. */
  readonly deadlineMs: number;
  /** Told once per change: `down` at the first failure, `up` when it answers after that. */
  readonly onState?: (state: DatabaseState) => void;
  /** Calls the waiting off, which then rejects with `wait-aborted`. */
  readonly signal?: AbortSignal;
  readonly clock?: Clock;
}

/**
 * Resolves once the database answers. Tries again with growing delays while a server or the network is at fault;
 * rejects at the deadline with `postgres-unreachable`, and at once with anything that waiting cannot mend
 * (`wrong-credentials`, `missing-database`).
 */
export async function waitForDatabase(database: Database, options: WaitOptions): Promise<void> {
  if (!(options.deadlineMs > 0)) {
    refuseFaults([`deadlineMs: expected more than 0, given ${options.deadlineMs}`]);
  }
  const clock = options.clock ?? systemClock;
  const startedMs = clock.nowMs();
  const ends = ending(clock, options);
  let lastError: WeirError | undefined;
  try {
    for (let delayMs = firstDelayMs; ; delayMs = Math.min(delayMs * 2, delayMsMax)) {
      const error = await Promise.race([attempt(database), ends.promise]);
      if (error === "deadline")
        throw postgresErrors.postgresUnreachable(database.target, options.deadlineMs, lastError);
      if (error === "aborted") throw postgresErrors.waitAborted(database.target);
      const downMs = clock.nowMs() - startedMs;
      if (error === undefined) {
        if (lastError !== undefined) options.onState?.({ state: "up", reason: lastError.code, downMs });
        return;
      }
      if (error.kind !== "dependency") throw error;
      if (lastError === undefined) options.onState?.({ state: "down", reason: error.code, downMs: 0 });
      lastError = error;
      // Half of the delay at random: workers that lost the same server must not come back in step.
      await pause(clock, delayMs * (0.5 + clock.random() / 2), ends.promise);
    }
  } finally {
    ends.cancel();
  }
}

/** Answers with the error, or with `undefined` if the database answered. Never rejects: it may be left behind by a race. */
async function attempt(database: Database): Promise<WeirError | undefined> {
  try {
    await database.query("select 1");
    return undefined;
  } catch (thrown) {
    return asWeirError(thrown);
  }
}

async function pause(clock: Clock, delayMs: number, ends: Promise<End>): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(delayMs, resolve);
  await Promise.race([promise, ends]);
  cancel();
}

type End = "deadline" | "aborted";

function ending(clock: Clock, { deadlineMs, signal }: WaitOptions): { promise: Promise<End>; cancel: () => void } {
  const { promise, resolve } = Promise.withResolvers<End>();
  const onAbort = (): void => resolve("aborted");
  const cancelTimer = clock.after(deadlineMs, () => resolve("deadline"));
  if (signal?.aborted === true) onAbort();
  signal?.addEventListener("abort", onAbort);
  const cancel = (): void => {
    cancelTimer();
    signal?.removeEventListener("abort", onAbort);
  };
  return { promise, cancel };
}
